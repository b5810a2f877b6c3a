/**
 * Names, paths and sentences may come from an endpoint: whoever chose them must not move the cursor, recolour the
 * screen, turn the direction of writing or fill it. What does not print as itself is written as an escape.
 */

/** C0 and C1 controls, the direction and invisible formatting characters, lone surrogates, line separators. */
const dangerous =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

function escapeOne(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x0a) return '\\n';
  if (code === 0x09) return '\\t';
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

function shorten(text: string, longest: number): string {
  if (text.length <= longest) return text;
  if (longest < 200) return `${text.slice(0, longest - 1)}…`;
  return `${text.slice(0, longest - 110)} …[${text.length - longest + 30} more]… ${text.slice(-80)}`;
}

/** One line of safe text; above `longest` characters shortened visibly. */
export function safeText(text: string, longest = 400): string {
  return shorten(text, longest).replaceAll(dangerous, escapeOne);
}
