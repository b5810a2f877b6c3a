import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { client } from '../api/client.ts';
import { useMay } from '../api/use-may.ts';
import { texts } from '../texts.ts';
import { Command } from '../ui/copyable.tsx';
import { KEY_COMMAND } from './scan-commands.ts';
import css from './scans.module.css';

const DAY = 86_400;

/** A key that delivers scans for a day: the commands of the page hold it once it was asked for. */
export function useScanKey() {
  const may = useMay('createKey');
  const create = useMutation({
    mutationFn: () => client.call('createKey', { body: { name: 'first scan', permission: 'scan', expiresIn: DAY } }),
  });
  return {
    secret: create.data?.secret ?? texts.first.key,
    may,
    made: create.isSuccess,
    pending: create.isPending,
    error: create.error,
    make: () => create.mutate(),
  };
}

export function ScanKey({ of }: { readonly of: ReturnType<typeof useScanKey> }) {
  if (of.made) return <p role="status">{texts.first.keyShown}</p>;
  return (
    <div className={css.key}>
      <p>{texts.first.keyNext}</p>
      {of.may ? (
        <Button onClick={of.make} loading={of.pending}>
          {texts.first.makeKey}
        </Button>
      ) : (
        <>
          <p>{texts.first.keyCommand}</p>
          <Command text={KEY_COMMAND} />
        </>
      )}
      {of.error !== null && <p role="alert">{of.error.message}</p>}
    </div>
  );
}
