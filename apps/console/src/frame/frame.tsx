import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { client, isSignedOut } from '../api/client.ts';
import { me } from '../api/queries.ts';
import { useLive } from '../response/use-live.ts';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import { ColorSchemeChoice } from './color-scheme-choice.tsx';
import { FindBox } from './find-box.tsx';
import css from './frame.module.css';
import { Jobs } from './jobs.tsx';
import { Rail } from './rail.tsx';

function Account() {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { data } = useQuery(me);
  const signOut = useMutation({
    mutationFn: () => client.call('signOut', {}),
    onSuccess: async ({ url }) => {
      await navigate({ to: '/sign-in' });
      queryClient.clear();
      if (url !== null) location.assign(url);
    },
  });
  return (
    <div className={css.account}>
      {data !== undefined && (
        <span className={css.who} title={texts.account.who(data.name)}>
          <HostileText text={data.name} limit={40} form="line" />
        </span>
      )}
      <Button variant="default" size="xs" onClick={() => signOut.mutate()} loading={signOut.isPending}>
        {texts.account.signOut}
      </Button>
    </div>
  );
}

/** Sends to the sign-in page when a refresh in the background finds that the session is over. */
function useSignedIn(): void {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  useEffect(
    () =>
      queryClient.getQueryCache().subscribe((event) => {
        if (event.type !== 'updated' || event.action.type !== 'error' || !isSignedOut(event.action.error)) return;
        const next = location.pathname + location.search;
        void navigate({ to: '/sign-in', search: { next }, replace: true });
      }),
    [queryClient, navigate],
  );
}

/** What stands around every page: skip link, rail, who is signed in. */
export function Frame() {
  useSignedIn();
  useLive();
  return (
    <div className={css.frame}>
      <a className={css.skip} href="#content">
        {texts.skip}
      </a>
      <header className={css.header}>
        <Link to="/" className={css.brand}>
          <img src="/icon.svg" alt="" width="24" height="24" />
          {texts.product}
        </Link>
        <Rail />
        <div className={css.end}>
          <ColorSchemeChoice />
          <Account />
        </div>
      </header>
      <div className={css.body}>
        <div className={css.top}>
          <FindBox />
          <Jobs />
        </div>
        <main id="content" tabIndex={-1} className={css.main}>
          <Outlet />
        </main>
      </div>
    </div>
  );
}

interface SourceProps {
  readonly paths: readonly string[];
}

/** Where the page's data comes from: everything in the console is also at the API. */
export function ApiSource({ paths }: SourceProps) {
  return (
    <footer className={css.source}>
      <span>{texts.dataFrom}</span>
      {paths.map((path) => (
        <a key={path} href={path} target="_blank" rel="noreferrer">
          GET {path}
        </a>
      ))}
    </footer>
  );
}
