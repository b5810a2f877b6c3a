import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { client } from '../api/client.ts';
import { me } from '../api/queries.ts';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import { Loading } from '../ui/states.tsx';
import { useTitle } from '../ui/title.ts';
import css from './sign-in.module.css';

/** Where a sign-in provider sends the browser back to, with its answer in the address. */
export function ProviderPage() {
  useTitle(texts.signIn.heading);
  const router = useRouter();
  const queryClient = useQueryClient();
  const isSent = useRef(false);
  const { mutate, error } = useMutation({
    mutationFn: (query: string) => client.call('endProviderSignIn', { body: { query } }),
    onSuccess: (who) => {
      queryClient.clear();
      queryClient.setQueryData(me.queryKey, who);
      router.history.replace('/scans');
    },
  });
  useEffect(() => {
    // An answer counts once.
    if (isSent.current) return;
    isSent.current = true;
    mutate(location.search);
  }, [mutate]);
  return (
    <main className={css.page}>
      <div className={css.card}>
        <h1>{texts.signIn.heading}</h1>
        {error === null ? (
          <Loading />
        ) : (
          <>
            <p className={css.error} role="alert">
              <HostileText text={error.message} limit={400} form="line" />
            </p>
            <Link to="/sign-in">{texts.signIn.back}</Link>
          </>
        )}
      </div>
    </main>
  );
}
