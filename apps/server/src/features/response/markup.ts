/** Text that is HTML already: made by `markup` alone. */
export interface Markup {
  readonly html: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control characters, direction marks, and what else shows as nothing or as something that it is not. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/** Characters of one value that are printed. */
const LONGEST = 4_000;

/** Hostile text as HTML text: nothing in it is markup, and nothing hides or turns around. */
export function escaped(value: string): string {
  const short = value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
  return short
    .replaceAll(/[&<>"']/g, (mark) => ENTITIES[mark] ?? '')
    .replaceAll(INVISIBLE, (mark) => (mark === '\n' ? ' ' : `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`));
}

type Part = string | number | null | Markup | readonly Markup[];

function partOf(part: Part): string {
  if (part === null) return '–';
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return 'html' in part ? part.html : part.map(({ html }) => html).join('');
}

/** HTML in which every value is text unless it was made by this very function. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  // There is a part before each piece but the first.
  return { html: strings.reduce((whole, piece, at) => whole + partOf(parts[at - 1] ?? null) + piece) };
}
