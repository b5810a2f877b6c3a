const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes in binary units, since pages and regions come in powers of two: `128 KiB`, `1.5 MiB`. */
export function bytes(count: number, locale?: string): string {
  let value = Math.max(0, count);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = value < 10 && unit > 0 ? 1 : 0;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)} ${UNITS[unit] ?? ''}`;
}

export function count(value: number, locale?: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

/**
 * A share 0..1 as percent with one digit. Never rounds to a limit that was not reached: 99.96 % is not 100 %, and
 * a trace is not 0 %.
 */
export function percent(share: number, locale?: string): string {
  const value = Math.min(1, Math.max(0, share)) * 100;
  const rounded = Math.round(value * 10) / 10;
  let shown = rounded;
  if (rounded === 100 && value < 100) shown = 99.9;
  if (rounded === 0 && value > 0) shown = 0.1;
  const mark = rounded === 0 && value > 0 ? '<' : '';
  return `${mark}${new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(shown)} %`;
}
