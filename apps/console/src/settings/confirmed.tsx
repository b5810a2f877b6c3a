import { Button } from '@mantine/core';
import { useState } from 'react';
import { texts } from '../texts.ts';
import css from './settings.module.css';

interface Props {
  readonly label: string;
  /** All of what happens, for who hears the button and for the question. */
  readonly what: string;
  readonly isPending: boolean;
  readonly onConfirmed: () => void;
}

/** A button for what cannot be taken back: the second click does it. */
export function Confirmed({ label, what, isPending, onConfirmed }: Props) {
  const [isAsking, setIsAsking] = useState(false);
  if (!isAsking)
    return (
      <Button size="xs" variant="default" loading={isPending} aria-label={what} onClick={() => setIsAsking(true)}>
        {label}
      </Button>
    );
  const answer = (isSure: boolean) => (): void => {
    setIsAsking(false);
    if (isSure) onConfirmed();
  };
  return (
    <fieldset className={css.confirm} aria-label={texts.settings.sureOf(what)}>
      <Button size="xs" color="red" autoFocus onClick={answer(true)}>
        {texts.settings.sure(label)}
      </Button>
      <Button size="xs" variant="default" onClick={answer(false)}>
        {texts.settings.notSure}
      </Button>
    </fieldset>
  );
}
