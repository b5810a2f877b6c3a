import type { DecisionKind } from '@genehound/contract';
import { Button, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { client } from '../api/client.ts';
import { forgetVerdicts } from '../api/queries.ts';
import { texts } from '../texts.ts';
import { Failed } from '../ui/states.tsx';
import css from './unknown.module.css';

interface Props {
  readonly id: string;
  readonly members: number;
}

/** Acquit or convict a whole cluster: says what it will change before it changes it, and where that is undone. */
export function DecideForm({ id, members }: Props) {
  const queryClient = useQueryClient();
  const [family, setFamily] = useState('');
  const [reason, setReason] = useState('');
  const decide = useMutation({
    mutationFn: (kind: DecisionKind) =>
      client.call('decideUnknown', {
        params: { id },
        body: { kind, family: family.trim(), ...(reason.trim() === '' ? {} : { reason: reason.trim() }) },
      }),
    onSuccess: () => forgetVerdicts(queryClient),
  });
  if (decide.data !== undefined) {
    const { taken, leftOut } = decide.data;
    return (
      <p role="status">
        {texts.decide.done(taken.length, leftOut.length)} <Link to="/baseline">{texts.acquit.toBaseline}</Link>
      </p>
    );
  }
  const incomplete = family.trim() === '';
  return (
    <section className={css.form} aria-label={texts.decide.heading}>
      <h2>{texts.decide.heading}</h2>
      <p>{texts.decide.effect(members)}</p>
      <TextInput
        label={texts.decide.family}
        maxLength={200}
        required
        value={family}
        onChange={(event) => setFamily(event.currentTarget.value)}
      />
      <Textarea
        label={texts.acquit.reason}
        maxLength={1_000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {decide.isError && <Failed error={decide.error} />}
      <div className={css.buttons}>
        <Button disabled={incomplete} loading={decide.isPending} onClick={() => decide.mutate('acquit')}>
          {texts.decide.acquit}
        </Button>
        <Button
          variant="default"
          disabled={incomplete}
          loading={decide.isPending}
          onClick={() => decide.mutate('convict')}
        >
          {texts.decide.convict}
        </Button>
      </div>
    </section>
  );
}
