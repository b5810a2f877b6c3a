import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { texts } from '../texts.ts';
import css from './frame.module.css';

/** Where typing a slash is writing, not asking for this box. */
function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** The search for anything, on every page; a slash leads into it. */
export function FindBox() {
  const navigate = useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const asked = useRouterState({
    select: ({ location }) =>
      location.pathname === '/search' ? (new URLSearchParams(location.searchStr).get('q') ?? '') : '',
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  useEffect(() => {
    if (field.current !== null && asked !== '') field.current.value = asked;
  }, [asked]);
  return (
    <search className={css.find}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const q = field.current?.value.trim() ?? '';
          if (q !== '') void navigate({ to: '/search', search: { q } });
        }}
      >
        <input
          ref={field}
          type="search"
          name="q"
          maxLength={300}
          autoComplete="off"
          spellCheck={false}
          aria-label={texts.fleet.find.label}
          placeholder={`${texts.fleet.find.label}  /`}
        />
      </form>
    </search>
  );
}
