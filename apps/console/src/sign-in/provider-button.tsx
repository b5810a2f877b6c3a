import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { client } from '../api/client.ts';
import { texts } from '../texts.ts';
import css from './sign-in.module.css';

/** Leads to the sign-in provider, where the operator named one. */
export function ProviderButton() {
  const ways = useQuery({ queryKey: ['sign-in-ways'], queryFn: () => client.call('getSignInWays', {}) });
  const begin = useMutation({
    mutationFn: () => client.call('beginProviderSignIn', {}),
    onSuccess: ({ url }) => location.assign(url),
  });
  const name = ways.data?.provider ?? null;
  if (name === null) return null;
  return (
    <div className={css.form}>
      <Button variant="default" fullWidth loading={begin.isPending || begin.isSuccess} onClick={() => begin.mutate()}>
        {texts.signIn.by(name)}
      </Button>
      {begin.isError && (
        <p className={css.error} role="alert">
          {begin.error.message}
        </p>
      )}
    </div>
  );
}
