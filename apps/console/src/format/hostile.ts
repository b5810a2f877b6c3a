/**
 * Strings from endpoints are written by whoever owns the endpoint. React keeps markup from being markup; this
 * keeps the rest from lying: characters that are invisible, reorder text or break lines are shown as what they
 * are, and length is bounded before it reaches the page.
 */

type PartKind = 'text' | 'escape';
export interface Part {
  readonly kind: PartKind;
  readonly text: string;
  /** For an escape: what it stands for. */
  readonly title?: string;
}

export interface Visible {
  readonly parts: readonly Part[];
  /** UTF-16 units of the original that are not shown. */
  readonly omitted: number;
  /** True where letters of right-to-left scripts are shown, so that each path segment is to be isolated. */
  readonly rightToLeft: boolean;
}

const NAMES: Readonly<Record<number, string>> = {
  0: 'null character',
  9: 'tab',
  10: 'line feed',
  13: 'carriage return',
  27: 'escape',
  127: 'delete',
  173: 'soft hyphen',
  8203: 'zero width space',
  8204: 'zero width non-joiner',
  8205: 'zero width joiner',
  8206: 'left-to-right mark',
  8207: 'right-to-left mark',
  8234: 'left-to-right embedding',
  8235: 'right-to-left embedding',
  8236: 'pop directional formatting',
  8237: 'left-to-right override',
  8238: 'right-to-left override',
  8294: 'left-to-right isolate',
  8295: 'right-to-left isolate',
  8296: 'first strong isolate',
  8297: 'pop directional isolate',
  8232: 'line separator',
  8233: 'paragraph separator',
  65279: 'byte order mark',
};

/** Control, format, surrogate, private and unassigned characters, separators, spaces other than U+0020, and letters that draw nothing. */
const invisible =
  /\p{C}|\p{Zl}|\p{Zp}|[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]|[\u115f\u1160\u3164\uffa0]|\u034f|\p{Variation_Selector}/u;
const combining = /\p{M}/u;
const rightToLeftLetter = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** More marks on one letter than any script uses; piled up they cover the lines above. */
const MARKS_PER_LETTER = 3;

function codePoint(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}

function escapeOf(character: string): Part {
  const code = character.codePointAt(0) ?? 0;
  const name = NAMES[code];
  const short = `U+${codePoint(character)}`;
  return { kind: 'escape', text: `‹${short}›`, title: name === undefined ? short : `${short} ${name}` };
}

const SPACE: Part = { kind: 'escape', text: '·', title: 'U+0020 space' };

/** Cuts at `limit` UTF-16 units, never between the halves of a pair. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit);
}

/**
 * The parts in which `text` is to be shown, at most `limit` UTF-16 units of it. Spaces at either end are made
 * visible too: `svchost.exe ` is not `svchost.exe`.
 */
export function visibleParts(text: string, limit: number): Visible {
  const shown = cut(text, Math.max(1, limit));
  const omitted = text.length - shown.length;
  const body = shown.replace(/^ +/, '').replace(/ +$/, '');
  const leading = body === '' ? 0 : shown.indexOf(body);
  const trailing = shown.length - leading - body.length;
  const parts: Part[] = [];
  let plain = '';
  const flush = (): void => {
    if (plain !== '') parts.push({ kind: 'text', text: plain });
    plain = '';
  };
  for (let n = 0; n < leading; n += 1) parts.push(SPACE);
  let marks = 0;
  for (const character of body) {
    marks = combining.test(character) ? marks + 1 : 0;
    if (invisible.test(character) || marks > MARKS_PER_LETTER) {
      flush();
      parts.push(escapeOf(character));
    } else plain += character;
  }
  flush();
  for (let n = 0; n < trailing; n += 1) parts.push(SPACE);
  return { parts, omitted, rightToLeft: rightToLeftLetter.test(body) };
}

/** The same as one string, for titles and names that only assistive technology reads. */
export function visibleText(text: string, limit: number): string {
  const { parts, omitted } = visibleParts(text, limit);
  return parts.map((part) => part.text).join('') + (omitted > 0 ? '…' : '');
}

/** Splits behind each separator of paths, so that each segment can be isolated from its neighbours' direction. */
export function segments(text: string): readonly string[] {
  return text.split(/(?<=[\\/])/).filter((segment) => segment !== '');
}

/** The last segment of a path of either kind; the whole where there is no separator or nothing behind it. */
export function baseName(path: string): string {
  const end = path.search(/[\\/]+$/);
  const trimmed = end > 0 ? path.slice(0, end) : path;
  const at = Math.max(trimmed.lastIndexOf('/'), trimmed.lastIndexOf('\\'));
  return at < 0 || at === trimmed.length - 1 ? trimmed : trimmed.slice(at + 1);
}
