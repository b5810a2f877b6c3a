import { Button } from '@mantine/core';
import { type MouseEvent, useState } from 'react';
import { texts } from '../texts.ts';
import css from './settings.module.css';

const focused = (element: HTMLFieldSetElement | null): void => element?.focus();

interface Props {
  readonly label: string;
  /** All of what happens, for who hears the button and for the question. */
  readonly what: string;
  readonly isPending: boolean;
  readonly onConfirmed: () => void;
}

/**
 * A button for what cannot be taken back: a second click does it. The question itself has the focus, and the second half
 * of a double click is no answer, so that neither it nor a key held down confirms.
 */
export function Confirmed({ label, what, isPending, onConfirmed }: Props) {
  const [stage, setStage] = useState<'before' | 'asking' | 'answered'>('before');
  if (stage !== 'asking')
    return (
      <Button
        size="xs"
        variant="default"
        loading={isPending}
        aria-label={what}
        autoFocus={stage === 'answered'}
        onClick={() => setStage('asking')}
      >
        {label}
      </Button>
    );
  const answer = (isSure: boolean) => (event: MouseEvent) => {
    if (event.detail > 1) return;
    setStage('answered');
    if (isSure) onConfirmed();
  };
  return (
    <fieldset ref={focused} tabIndex={-1} className={css.confirm} aria-label={texts.settings.sureOf(what)}>
      <Button size="xs" color="red" onClick={answer(true)}>
        {texts.settings.sure(label)}
      </Button>
      <Button size="xs" variant="default" onClick={answer(false)}>
        {texts.settings.notSure}
      </Button>
    </fieldset>
  );
}
