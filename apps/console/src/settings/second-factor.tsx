import type { Answer } from '@genehound/contract';
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';
import { client } from '../api/client.ts';
import { texts } from '../texts.ts';
import { Command } from '../ui/copyable.tsx';
import { QrCode } from './qr-code.tsx';
import css from './settings.module.css';
import { Refused } from './settings-frame.tsx';
import { ownAccount, textOf } from './settings-queries.ts';

const words = texts.settings.factor;

function dataOf(event: SyntheticEvent<HTMLFormElement>): FormData {
  event.preventDefault();
  return new FormData(event.currentTarget);
}

interface ConfirmProps {
  readonly offer: Answer<'offerSecondFactor'>;
  readonly onCodes: (codes: readonly string[]) => void;
}

function Confirm({ offer, onCodes }: ConfirmProps) {
  const confirm = useMutation({
    mutationFn: (code: string) => client.call('confirmSecondFactor', { body: { code } }),
    onSuccess: ({ codes }) => onCodes(codes),
  });
  return (
    <form
      className={css.form}
      aria-label={words.heading}
      onSubmit={(event) => confirm.mutate(textOf(dataOf(event), 'code'))}
    >
      <p>{words.scan}</p>
      <QrCode text={offer.uri} label={words.picture} />
      <p>
        {words.secret}: <Command text={offer.secret} />
      </p>
      <TextInput
        name="code"
        label={words.code}
        inputMode="numeric"
        autoComplete="one-time-code"
        required
        maxLength={20}
      />
      <Refused error={confirm.error} />
      <div>
        <Button type="submit" loading={confirm.isPending}>
          {words.confirm}
        </Button>
      </div>
    </form>
  );
}

function Codes({ codes }: { readonly codes: readonly string[] }) {
  return (
    <div className={css.notice} role="status">
      <p>{words.codes}</p>
      <ul className={css.codes}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <p>{texts.settings.shownOnce}</p>
    </div>
  );
}

function SetUp({ onCodes }: Pick<ConfirmProps, 'onCodes'>) {
  const queryClient = useQueryClient();
  const offer = useMutation({
    mutationFn: (password: string) => client.call('offerSecondFactor', { body: { password } }),
  });
  if (offer.data !== undefined) return <Confirm offer={offer.data} onCodes={onCodes} />;
  return (
    <form
      className={css.form}
      aria-label={words.heading}
      onSubmit={(event) => {
        offer.mutate(textOf(dataOf(event), 'password'));
        void queryClient.invalidateQueries({ queryKey: ownAccount.queryKey });
      }}
    >
      <p>{words.none}</p>
      <PasswordInput
        name="password"
        label={words.password}
        autoComplete="current-password"
        required
        maxLength={1_000}
      />
      <Refused error={offer.error} />
      <div>
        <Button type="submit" loading={offer.isPending}>
          {words.begin}
        </Button>
      </div>
    </form>
  );
}

function Remove({ left }: { readonly left: number }) {
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: (body: { readonly password: string; readonly code: string }) =>
      client.call('removeSecondFactor', { body }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ownAccount.queryKey }),
  });
  return (
    <form
      className={css.form}
      aria-label={words.heading}
      onSubmit={(event) => {
        const data = dataOf(event);
        remove.mutate({ password: textOf(data, 'password'), code: textOf(data, 'code') });
      }}
    >
      <p>{words.present(left)}</p>
      <PasswordInput
        name="password"
        label={words.password}
        autoComplete="current-password"
        required
        maxLength={1_000}
      />
      <TextInput name="code" label={words.codeOrRecovery} autoComplete="one-time-code" required maxLength={100} />
      <Refused error={remove.error} />
      <div>
        <Button type="submit" variant="default" loading={remove.isPending}>
          {words.remove}
        </Button>
      </div>
    </form>
  );
}

/** Codes of an authenticator application beside the password. */
export function SecondFactor({ account }: { readonly account: Answer<'getOwnAccount'> }) {
  // Kept here, and before what the account says: it is asked for again whenever the window is looked at, and the
  // codes must still be there for who comes back from where he keeps them.
  const [codes, setCodes] = useState<readonly string[]>([]);
  const present = account.secondFactor ? <Remove left={account.recoveryCodes} /> : <SetUp onCodes={setCodes} />;
  return (
    <section aria-label={words.heading}>
      <h2>{words.heading}</h2>
      {codes.length > 0 ? <Codes codes={codes} /> : present}
    </section>
  );
}
