import { localTime, utcTime } from '../format/time.ts';
import css from './time.module.css';

/** A time in the reader's zone, UTC on hover. */
export function Time({ value }: { readonly value: string }) {
  return (
    <time className={css.time} dateTime={value} title={utcTime(value)}>
      {localTime(value)}
    </time>
  );
}
