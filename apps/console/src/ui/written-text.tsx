import { texts } from '../texts.ts';
import { HostileText } from './hostile-text.tsx';
import css from './written-text.module.css';

/** Lines and characters of each that are shown: what people write down is bounded by the API, not by its lines. */
const MOST_LINES = 500;

/** What people wrote, line by line; as little trusted as what endpoints say. */
export function WrittenText({ text }: { readonly text: string }) {
  const lines = text.split(/\r?\n/);
  return (
    <div className={css.written}>
      {lines.slice(0, MOST_LINES).map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one text have no other identity
        <p key={at}>{line === '' ? '\u00a0' : <HostileText text={line} limit={4_000} />}</p>
      ))}
      {lines.length > MOST_LINES && <p>{texts.moreLines(lines.length - MOST_LINES)}</p>}
    </div>
  );
}
