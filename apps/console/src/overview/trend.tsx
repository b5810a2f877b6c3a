import type { Answer } from '@genehound/contract';
import { count } from '../format/quantity.ts';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import css from './overview.module.css';

type Day = Answer<'getOverview'>['days'][number];

/** Pixels of the picture; it is stretched to the width of its column. */
const WIDTH = 280;
const HEIGHT = 44;
const GAP = 3;

interface BarsProps {
  readonly label: string;
  readonly values: readonly number[];
  readonly tone: string | undefined;
}

function Bars({ label, values, tone }: BarsProps) {
  const most = Math.max(1, ...values);
  const width = WIDTH / Math.max(1, values.length);
  const sum = values.reduce((total, value) => total + value, 0);
  return (
    <div className={css.bars}>
      <p>
        {label}: <strong>{texts.fleet.overview.sum(sum)}</strong>
      </p>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" preserveAspectRatio="none" className={tone}>
        {values.map((value, at) => {
          const height = value === 0 ? 1 : Math.max(3, (value / most) * HEIGHT);
          return (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: a day is its place in the row
              key={at}
              x={at * width}
              y={HEIGHT - height}
              width={width - GAP}
              height={height}
              fill="currentColor"
            />
          );
        })}
      </svg>
    </div>
  );
}

const COLUMNS: readonly Column<Day>[] = [
  { head: texts.fleet.overview.day, cell: ({ day }) => day },
  { head: texts.fleet.overview.trendScans, cell: ({ scans }) => count(scans), align: 'number' },
  { head: texts.fleet.overview.trendAccusing, cell: ({ accusing }) => count(accusing), align: 'number' },
  { head: texts.fleet.overview.trendUnknown, cell: ({ unknown }) => count(unknown), align: 'number' },
];

/** Fourteen days as bars, with the table behind them. */
export function Trend({ days }: { readonly days: readonly Day[] }) {
  const words = texts.fleet.overview;
  return (
    <section className={css.card} aria-labelledby="trend-heading">
      <h2 id="trend-heading">{words.trend}</h2>
      <Bars label={words.trendScans} values={days.map(({ scans }) => scans)} tone={css.plain} />
      <Bars label={words.trendAccusing} values={days.map(({ accusing }) => accusing)} tone={css.red} />
      <Bars label={words.trendUnknown} values={days.map(({ unknown }) => unknown)} tone={css.violet} />
      <details>
        <summary>{words.asTable}</summary>
        <DataTable label={words.trend} columns={COLUMNS} rows={days} rowKey={({ day }) => day} />
      </details>
    </section>
  );
}
