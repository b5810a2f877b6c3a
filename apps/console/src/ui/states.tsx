import { ApiError } from '@genehound/contract';
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { texts } from '../texts.ts';
import css from './states.module.css';

export function Loading() {
  return (
    <p className={css.loading} role="status">
      {texts.loading}
    </p>
  );
}

/** What happened, as far as it can be known, in a sentence that says what to do. */
function sentence(error: unknown): string {
  if (!(error instanceof ApiError)) {
    return error instanceof Error && error.name.includes('Zod') ? texts.failure.shape : texts.failure.broken;
  }
  if (error.status === 0) return texts.failure.unreachable;
  if (error.code === 'password_change_needed') return error.message;
  if (error.status === 403) return texts.failure.forbidden;
  if (error.status === 404) return texts.failure.missing;
  return error.message;
}

/** Enough of a failure's own words to report it, never a whole page of them. */
const QUOTED = 600;

interface FailedProps {
  readonly error: unknown;
  readonly onAgain?: () => void;
}

/** One part that could not be loaded; the rest of the page stays. */
export function Failed({ error, onAgain }: FailedProps) {
  const own = error instanceof ApiError || !(error instanceof Error) ? undefined : error.message.slice(0, QUOTED);
  const missing = error instanceof ApiError && error.status === 404;
  return (
    <div className={css.failed} role="alert">
      <strong>{texts.failure.heading}</strong>
      <p>{sentence(error)}</p>
      {own !== undefined && <pre>{own}</pre>}
      <div className={css.actions}>
        {onAgain !== undefined && !missing && (
          <Button size="xs" variant="default" onClick={onAgain}>
            {texts.failure.again}
          </Button>
        )}
        {missing && <Link to="/scans">{texts.failure.toScans}</Link>}
      </div>
    </div>
  );
}

/** Old data stays on the page when a refresh fails; it says that it is old. */
export function Stale() {
  return (
    <p className={css.stale} role="status">
      {texts.failure.stale}
    </p>
  );
}

export function Empty({ children }: { readonly children: ReactNode }) {
  return <div className={css.empty}>{children}</div>;
}
