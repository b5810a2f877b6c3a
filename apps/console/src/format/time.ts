/** Milliseconds since 1970 of an RFC 3339 time, or undefined where it is none. */
function instant(value: string): number | undefined {
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}

const LOCAL: Intl.DateTimeFormatOptions = {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
};

/** The time in the reader's zone and order. `zone` and `locale` are the browser's unless given. */
export function localTime(value: string, locale?: string, zone?: string): string {
  const at = instant(value);
  if (at === undefined) return value;
  return new Intl.DateTimeFormat(locale, zone === undefined ? LOCAL : { ...LOCAL, timeZone: zone }).format(at);
}

/** `2026-11-24 02:11:05 UTC`: what logs of other machines can be compared with. */
export function utcTime(value: string): string {
  const at = instant(value);
  if (at === undefined) return value;
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Whole seconds between two times; undefined where one is missing, not a time, or they run backwards. */
export function secondsBetween(from: string | null, to: string | null): number | undefined {
  if (from === null || to === null) return undefined;
  const start = instant(from);
  const end = instant(to);
  if (start === undefined || end === undefined || end < start) return undefined;
  return Math.round((end - start) / 1000);
}

/** `27 s`, `4 min 5 s`, `2 h 3 min`, `3 d 4 h`: two units at most. */
export function duration(seconds: number): string {
  const units: readonly (readonly [number, string])[] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const whole = Math.max(0, Math.round(seconds));
  const first = units.findIndex(([size]) => whole >= size);
  if (first < 0) return '0 s';
  const shown: string[] = [];
  let rest = whole;
  for (const [size, unit] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) shown.push(`${count} ${unit}`);
  }
  return shown.join(' ');
}
