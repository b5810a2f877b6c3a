import { Fragment, useState } from 'react';
import { type Part, segments, visibleParts } from '../format/hostile.ts';
import { texts } from '../texts.ts';
import css from './hostile-text.module.css';

interface Props {
  readonly text: string;
  /** UTF-16 units that are shown at first. */
  readonly limit?: number;
  /** `block`: long text may be opened step by step. `line`: one line that never grows, as inside a link. */
  readonly form?: 'block' | 'line';
}

/** So much more is shown at each request, so that a megabyte is never laid out at once. */
const STEP = 4_000;

function Shown({ part, isolated }: { readonly part: Part; readonly isolated: boolean }) {
  if (part.kind === 'escape') {
    return (
      <span className={css.escape} title={part.title}>
        {part.text}
      </span>
    );
  }
  if (!isolated) return part.text;
  return segments(part.text).map((segment, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the segments of one text have no other identity
    <bdi key={at}>{segment}</bdi>
  ));
}

/**
 * The one way in which a string of an endpoint comes to the page: invisible and reordering characters as what
 * they are, isolated from the text around it, its length bounded.
 */
export function HostileText({ text, limit = 400, form = 'block' }: Props) {
  const [shown, setShown] = useState(limit);
  const { parts, omitted, rightToLeft } = visibleParts(text, shown);
  return (
    <bdi className={css.text} dir="ltr">
      {parts.map((part, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text have no other identity
        <Fragment key={at}>
          <Shown part={part} isolated={rightToLeft} />
        </Fragment>
      ))}
      {omitted > 0 && <Rest omitted={omitted} form={form} onShow={() => setShown(shown + STEP)} />}
    </bdi>
  );
}

interface RestProps {
  readonly omitted: number;
  readonly form: 'block' | 'line';
  readonly onShow: () => void;
}

function Rest({ omitted, form, onShow }: RestProps) {
  if (form === 'line') return <span className={css.rest}>{texts.hostile.more(omitted)}</span>;
  return (
    <>
      {' '}
      <button type="button" className={css.more} onClick={onShow} title={texts.hostile.show(Math.min(omitted, STEP))}>
        {texts.hostile.more(omitted)}
      </button>
    </>
  );
}
