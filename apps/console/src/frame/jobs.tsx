import { useQuery } from '@tanstack/react-query';
import { activity } from '../api/fleet-queries.ts';
import { texts } from '../texts.ts';
import css from './frame.module.css';

/** What the server is doing now, in the frame of every page; nothing where it cannot be known. */
export function Jobs() {
  const { data } = useQuery(activity);
  if (data === undefined) return null;
  const words = texts.fleet.jobs;
  const parts = [
    data.receiving > 0 && words.receiving(data.receiving),
    data.analysing > 0 && words.analysing(data.analysing),
    data.artifacts > 0 && words.artifacts(data.artifacts),
    data.retroHunts > 0 && words.retro(data.retroHunts),
  ].filter((part) => part !== false);
  return (
    <section className={css.jobs} aria-label={words.label} title={words.label} data-busy={parts.length > 0}>
      {parts.length === 0 ? words.idle : parts.join(' · ')}
    </section>
  );
}
