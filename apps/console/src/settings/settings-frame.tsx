import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { me } from '../api/queries.ts';
import { ApiSource } from '../frame/frame.tsx';
import { texts } from '../texts.ts';
import { Command } from '../ui/copyable.tsx';
import { useTitle } from '../ui/title.ts';
import css from './settings.module.css';

const { pages } = texts.settings;

const EVERYBODY = [['/settings', pages.account]] as const;
const ADMINISTRATION = [
  ['/settings/users', pages.users],
  ['/settings/keys', pages.keys],
  ['/settings/notifications', pages.notifications],
  ['/settings/publishers', pages.publishers],
  ['/settings/audit', pages.audit],
] as const;
const INSTALLATION = [['/settings/organisations', pages.organisations]] as const;

interface Props {
  readonly title: string;
  readonly paths: readonly string[];
  readonly children: ReactNode;
}

/** What stands around every page of the settings; only what is open to the reader is offered. */
export function SettingsFrame({ title, paths, children }: Props) {
  useTitle(title);
  const { data } = useQuery(me);
  const roles = data?.roles ?? [];
  const links = [
    ...EVERYBODY,
    ...(roles.includes('administrator') ? ADMINISTRATION : []),
    ...(roles.includes('operator') ? INSTALLATION : []),
  ];
  return (
    <>
      <h1>{title}</h1>
      <nav aria-label={texts.settings.sections} className={css.sections}>
        {links.map(([to, label]) => (
          <Link key={to} to={to} activeProps={{ 'aria-current': 'page' }} activeOptions={{ exact: true }}>
            {label}
          </Link>
        ))}
      </nav>
      {children}
      <ApiSource paths={paths} />
    </>
  );
}

/** A secret that is shown this once. */
export function ShownOnce({ note, secret }: { readonly note: ReactNode; readonly secret: string }) {
  return (
    <div className={css.notice} role="status">
      <p>{note}</p>
      <Command text={secret} />
      <p>{texts.settings.shownOnce}</p>
    </div>
  );
}

/** Why something that was asked for was refused, in the server's words. */
export function Refused({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  return (
    <p className={css.error} role="alert">
      {error.message}
    </p>
  );
}
