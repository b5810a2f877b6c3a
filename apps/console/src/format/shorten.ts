export interface Shortened {
  readonly head: string;
  /** Empty where the text is short enough to be shown whole. */
  readonly middle: string;
  readonly tail: string;
}

/** Splits a hash or address for showing `head … tail`; joined again they are the text. Lengths in UTF-16 units. */
export function shortenMiddle(text: string, head: number, tail: number): Shortened {
  // One sign more than the ellipsis takes is worth showing.
  if (text.length <= head + tail + 1) return { head: text, middle: '', tail: '' };
  const end = text.length - tail;
  return { head: text.slice(0, head), middle: text.slice(head, end), tail: text.slice(end) };
}
