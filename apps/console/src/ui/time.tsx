import { localTime, utcTime } from '../format/time.ts';

/** A time in the reader's zone, UTC on hover. */
export function Time({ value }: { readonly value: string }) {
  return (
    <time dateTime={value} title={utcTime(value)}>
      {localTime(value)}
    </time>
  );
}
