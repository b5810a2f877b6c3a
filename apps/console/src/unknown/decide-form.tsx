import type { DecisionKind } from '@genehound/contract';
import { Button, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { client } from '../api/client.ts';
import { forgetVerdicts } from '../api/queries.ts';
import { texts } from '../texts.ts';
import css from '../ui/form.module.css';
import { Failed } from '../ui/states.tsx';

interface Chosen {
  readonly id: string;
  readonly members: number;
}

interface Body {
  readonly kind: DecisionKind;
  readonly family: string;
  readonly reason?: string;
}

interface Done {
  readonly taken: number;
  readonly leftOut: number;
}

/** One cluster after the other; what was decided before one failed stays, and is not decided again. */
function useDecide(clusters: readonly Chosen[]) {
  const queryClient = useQueryClient();
  const [decided, setDecided] = useState<ReadonlyMap<string, Done>>(new Map());
  const deciding = useMutation({
    mutationFn: async (body: Body): Promise<Done> => {
      const done = new Map(decided);
      for (const { id } of clusters) {
        if (done.has(id)) continue;
        const { taken, leftOut } = await client.call('decideUnknown', { params: { id }, body });
        done.set(id, { taken: taken.length, leftOut: leftOut.length });
        setDecided(new Map(done));
      }
      const all = [...done.values()];
      return {
        taken: all.reduce((sum, one) => sum + one.taken, 0),
        leftOut: all.reduce((sum, one) => sum + one.leftOut, 0),
      };
    },
    onSettled: () => forgetVerdicts(queryClient),
  });
  return { deciding, decided };
}

interface Props {
  readonly clusters: readonly Chosen[];
}

/** Acquit or convict whole clusters: says what it will change before it changes it, and where that is undone. */
export function DecideForm({ clusters }: Props) {
  const [family, setFamily] = useState('');
  const [reason, setReason] = useState('');
  const { deciding, decided } = useDecide(clusters);
  // What was decided leaves the list of its page some time after.
  const left = clusters.filter(({ id }) => !decided.has(id));
  if (deciding.data !== undefined && left.length === 0) {
    return (
      <p role="status">
        {texts.decide.done(deciding.data.taken, deciding.data.leftOut)}{' '}
        <Link to="/baseline">{texts.acquit.toBaseline}</Link>
      </p>
    );
  }
  const incomplete = family.trim() === '' || left.length === 0;
  const decide = (kind: DecisionKind): void => {
    const said = reason.trim();
    deciding.mutate({ kind, family: family.trim(), ...(said === '' ? {} : { reason: said }) });
  };
  const members = left.reduce((sum, one) => sum + one.members, 0);
  return (
    <section className={css.form} aria-label={texts.decide.heading}>
      <h2>{left.length === 1 ? texts.decide.heading : texts.decide.headingOf(left.length)}</h2>
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
      {deciding.isError && (
        <>
          {decided.size + left.length > 1 && (
            <p role="status">{texts.decide.soFar(decided.size, decided.size + left.length)}</p>
          )}
          <Failed error={deciding.error} />
        </>
      )}
      <div className={css.buttons}>
        <Button disabled={incomplete} loading={deciding.isPending} onClick={() => decide('acquit')}>
          {texts.decide.acquit}
        </Button>
        <Button variant="default" disabled={incomplete} loading={deciding.isPending} onClick={() => decide('convict')}>
          {texts.decide.convict}
        </Button>
      </div>
    </section>
  );
}
