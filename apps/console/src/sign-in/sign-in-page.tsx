import { ApiError } from '@genehound/contract';
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type SyntheticEvent, useState } from 'react';
import { client } from '../api/client.ts';
import { me } from '../api/queries.ts';
import { texts } from '../texts.ts';
import { Command } from '../ui/copyable.tsx';
import { useTitle } from '../ui/title.ts';
import { ProviderButton } from './provider-button.tsx';
import css from './sign-in.module.css';

interface SignIn {
  readonly name: string;
  readonly password: string;
  readonly code?: string;
}

const route = getRouteApi('/sign-in');

function field(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

export function SignInPage() {
  useTitle(texts.signIn.heading);
  const { next } = route.useSearch();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [asksForCode, setAsksForCode] = useState(false);
  const signIn = useMutation({
    mutationFn: async (body: SignIn) => {
      const who = await client.call('signIn', { body });
      return { who, account: await client.call('getOwnAccount', {}) };
    },
    // Asked for once it is known to be needed, and asked for again after a wrong one.
    onError: (error) =>
      setAsksForCode((asked) => asked || (error instanceof ApiError && error.code === 'second_factor_needed')),
    onSuccess: ({ who, account }) => {
      queryClient.clear();
      queryClient.setQueryData(me.queryKey, who);
      router.history.push(account.mustChangePassword ? '/settings' : (next ?? '/scans'));
    },
  });
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const code = field(form, 'code');
    signIn.mutate({
      name: field(form, 'name'),
      password: field(form, 'password'),
      ...(code === '' ? {} : { code }),
    });
  };
  return (
    <main className={css.page}>
      <div className={css.card}>
        <p className={css.brand}>
          <img src="/icon.svg" alt="" width="28" height="28" />
          {texts.product}
        </p>
        <h1>{texts.signIn.heading}</h1>
        <form onSubmit={submit} className={css.form}>
          <TextInput
            name="name"
            label={texts.signIn.name}
            defaultValue="admin"
            autoComplete="username"
            required
            maxLength={200}
          />
          <PasswordInput
            name="password"
            label={texts.signIn.password}
            autoComplete="current-password"
            required
            maxLength={1000}
            autoFocus
          />
          {asksForCode && (
            <TextInput
              name="code"
              label={texts.signIn.code}
              autoComplete="one-time-code"
              maxLength={100}
              required
              autoFocus
            />
          )}
          {signIn.isError && (
            <p className={css.error} role="alert">
              {signIn.error.message}
            </p>
          )}
          <Button type="submit" loading={signIn.isPending} fullWidth>
            {texts.signIn.submit}
          </Button>
        </form>
        <ProviderButton />
        <div className={css.help}>
          <p>{texts.signIn.help}</p>
          <Command text={texts.signIn.command} />
        </div>
      </div>
    </main>
  );
}
