import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import type { SyntheticEvent } from 'react';
import { client } from '../api/client.ts';
import { me } from '../api/queries.ts';
import { texts } from '../texts.ts';
import { Command } from '../ui/copyable.tsx';
import { useTitle } from '../ui/title.ts';
import css from './sign-in.module.css';

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
  const signIn = useMutation({
    mutationFn: (body: { readonly name: string; readonly password: string }) => client.call('signIn', { body }),
    onSuccess: (who) => {
      queryClient.clear();
      queryClient.setQueryData(me.queryKey, who);
      router.history.push(next ?? '/scans');
    },
  });
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    signIn.mutate({ name: field(form, 'name'), password: field(form, 'password') });
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
          {signIn.isError && (
            <p className={css.error} role="alert">
              {signIn.error.message}
            </p>
          )}
          <Button type="submit" loading={signIn.isPending} fullWidth>
            {texts.signIn.submit}
          </Button>
        </form>
        <div className={css.help}>
          <p>{texts.signIn.help}</p>
          <Command text={texts.signIn.command} />
        </div>
      </div>
    </main>
  );
}
