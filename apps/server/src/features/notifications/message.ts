/** What is sent, whatever the channel. */
export interface Message {
  readonly id: string;
  readonly event: string;
  readonly severity: string;
  /** One sentence; names in it are the endpoint's word. */
  readonly text: string;
  readonly at: Date;
  readonly details: unknown;
}

/** Names come from endpoints: nothing in them may begin a line or a header, or turn the direction of writing. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
