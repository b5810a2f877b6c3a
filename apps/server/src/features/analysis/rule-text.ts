/** What a text of one code-sequence rule may hold, beyond what the compiler says of it. */

/** Characters between two words that are looked through; whoever writes more is refused. */
const WIDEST_GAP = 10_000;

/** Where the next word or sign begins behind white space and comments; null where the gap is too wide. */
function behindGap(text: string, from: number): number | null {
  const end = Math.min(text.length, from + WIDEST_GAP);
  let at = from;
  while (at < end) {
    if (/\s/.test(text.charAt(at))) at += 1;
    else if (text.startsWith('//', at)) {
      const line = text.slice(at, end).search(/[\r\n]/);
      at = line < 0 ? end : at + line;
    } else if (text.startsWith('/*', at)) {
      const close = text.slice(at + 2, end).indexOf('*/');
      at = close < 0 ? end : at + 2 + close + 2;
    } else return at;
  }
  return end < text.length ? null : at;
}

const WORD = /[A-Za-z_]\w*/y;

function wordAt(text: string, at: number): string {
  WORD.lastIndex = at;
  return WORD.exec(text)?.[0] ?? '';
}

interface Heading {
  readonly name: string;
  readonly modified: boolean;
}

/** A heading that begins with this word, or null. A word in a comment or a string counts: it may be none. */
function headingAt(text: string, word: string, behind: number): Heading | null | 'too wide' {
  const modified = word === 'global' || word === 'private';
  const at = behindGap(text, behind);
  if (at === null) return 'too wide';
  const next = wordAt(text, at);
  if (modified) return next === 'rule' || next === 'global' || next === 'private' ? { name: '', modified } : null;
  if (next === '') return null;
  const sign = behindGap(text, at + next.length);
  if (sign === null) return 'too wide';
  return text[sign] === '{' || text[sign] === ':' ? { name: next, modified } : null;
}

/**
 * Why this text is not that one rule, or null. Two rules of one text could not be told apart in what they find; a
 * global rule silences all others, a private one is never heard; an include reads files of the server; what the
 * module console writes is taken for an answer. Stricter than the language: it looks into comments and strings too.
 */
export function ruleTextProblem(name: string, text: string): string | null {
  const headings: Heading[] = [];
  for (const match of text.matchAll(/\b(?:rule|global|private|include|import)\b/g)) {
    const [word] = match;
    const behind = match.index + word.length;
    if (word === 'include' || word === 'import') {
      const at = behindGap(text, behind);
      if (at === null) return 'Its words lie too far apart';
      if (word === 'include' && text[at] === '"') return 'It includes a file';
      if (word === 'import' && text.startsWith('"console"', at)) return 'It uses the module console';
      continue;
    }
    const heading = headingAt(text, word, behind);
    if (heading === 'too wide') return 'Its words lie too far apart';
    if (heading !== null) headings.push(heading);
  }
  if (headings.some(({ modified }) => modified)) return 'A global or private rule cannot be used';
  if (!headings.some((heading) => heading.name === name)) return 'The text has no rule of that name';
  return headings.length > 1 ? 'The text has more than one rule; give each a text of its own' : null;
}
