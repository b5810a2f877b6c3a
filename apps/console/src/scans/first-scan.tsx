import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { client } from '../api/client.ts';
import { me } from '../api/queries.ts';
import { texts } from '../texts.ts';
import { Command } from '../ui/copyable.tsx';
import { HUNT_COMMAND, KEY_COMMAND, scannerCommands } from './scan-commands.ts';
import css from './scans.module.css';

const DAY = 86_400;

/** No scan yet: the next step, as commands that can be copied and work. */
export function FirstScan() {
  const { data: who } = useQuery(me);
  const create = useMutation({
    mutationFn: () => client.call('createKey', { body: { name: 'first scan', permission: 'scan', expiresIn: DAY } }),
  });
  const commands = scannerCommands(location.origin, create.data?.secret ?? texts.first.key);
  return (
    <section className={css.first} aria-labelledby="first-heading">
      <h2 id="first-heading">{texts.first.heading}</h2>
      <p>{texts.first.text}</p>
      <KeyStep
        may={who?.permission === 'full'}
        made={create.isSuccess}
        pending={create.isPending}
        error={create.error}
        onMake={() => create.mutate()}
      />
      <h3>{texts.first.linux}</h3>
      <Command text={commands.linux} />
      <h3>{texts.first.windows}</h3>
      <Command text={commands.windows} />
      <p className={css.hint}>{texts.first.selfTest}</p>
      <h3>{texts.first.thisMachine}</h3>
      <Command text={HUNT_COMMAND} />
    </section>
  );
}

interface KeyStepProps {
  readonly may: boolean;
  readonly made: boolean;
  readonly pending: boolean;
  readonly error: Error | null;
  readonly onMake: () => void;
}

function KeyStep({ may, made, pending, error, onMake }: KeyStepProps) {
  if (made) return <p role="status">{texts.first.keyShown}</p>;
  return (
    <div className={css.key}>
      <p>{texts.first.keyNext}</p>
      {may ? (
        <Button onClick={onMake} loading={pending}>
          {texts.first.makeKey}
        </Button>
      ) : (
        <>
          <p>{texts.first.keyCommand}</p>
          <Command text={KEY_COMMAND} />
        </>
      )}
      {error !== null && <p role="alert">{error.message}</p>}
    </div>
  );
}
