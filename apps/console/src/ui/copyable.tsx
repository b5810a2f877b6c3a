import { useState } from 'react';
import { shortenMiddle } from '../format/shorten.ts';
import { texts } from '../texts.ts';
import css from './copyable.module.css';

type Outcome = 'idle' | 'done' | 'failed';

const ANNOUNCED: Readonly<Record<Outcome, string>> = { idle: '', done: texts.copy.done, failed: texts.copy.failed };

interface CopyButtonProps {
  readonly text: string;
  /** What it is, for the button's name: `SHA-256`, `command`. */
  readonly what: string;
}

export function CopyButton({ text, what }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<Outcome>('idle');
  // Browsers offer the clipboard to https and localhost alone.
  const copy = (): void => {
    const written = navigator.clipboard === undefined ? Promise.reject() : navigator.clipboard.writeText(text);
    written.then(
      () => setOutcome('done'),
      () => setOutcome('failed'),
    );
  };
  return (
    <>
      <button
        type="button"
        className={css.copy}
        onClick={copy}
        onBlur={() => setOutcome('idle')}
        aria-label={texts.copy.action(what)}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          {outcome === 'done' ? (
            <path d="m3 8.500 3.300 3.300L13 4.500" />
          ) : (
            <path d="M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3" />
          )}
        </svg>
      </button>
      <span role="status" className={outcome === 'failed' ? css.failed : css.hidden}>
        {ANNOUNCED[outcome]}
      </span>
    </>
  );
}

interface ShortProps {
  readonly text: string;
  readonly what: string;
}

/**
 * A hash, shortened in the middle for the eye alone: selecting it, copying it and reading it aloud give it whole.
 */
export function Hash({ text, what }: ShortProps) {
  return (
    <span className={css.line}>
      <HashText text={text} />
      <CopyButton text={text} what={what} />
    </span>
  );
}

export function HashText({ text }: { readonly text: string }) {
  const { head, middle, tail } = shortenMiddle(text, 10, 6);
  return (
    <span className={css.hash} title={text}>
      {head}
      {middle !== '' && <span className={css.middle}>{middle}</span>}
      {tail}
    </span>
  );
}

/** A command line of ours to be run by the reader. */
export function Command({ text }: { readonly text: string }) {
  return (
    <span className={css.command}>
      <code>{text}</code>
      <CopyButton text={text} what={texts.tree.command} />
    </span>
  );
}
