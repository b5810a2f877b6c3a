import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { texts } from '../texts.ts';
import css from './virtual-table.module.css';

export interface VirtualColumn<T> {
  readonly head: string;
  /** Of CSS grid: `2fr`, `9rem`. */
  readonly width: string;
  readonly cell: (row: T) => ReactNode;
  readonly align?: 'number';
}

/** Pixels. Every row has the same height, so that fifty thousand rows are scrolled without laying them out. */
const WIDE_ROW = 40;
const NARROW_ROW = 184;
const NARROW = '(max-width: 700px)';
/** Rows that are laid out before and after those that are seen. */
const BEYOND = 12;
/** Rows that are laid out while the height of the window is not known yet. */
const FIRST = 40;

interface Seen {
  readonly first: number;
  readonly last: number;
}

function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const media = matchMedia(NARROW);
    const look = (): void => setNarrow(media.matches);
    media.addEventListener('change', look);
    return () => media.removeEventListener('change', look);
  }, []);
  return narrow;
}

/** Which rows stand in the scrolled box. */
function useSeen(total: number, height: number) {
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState<Seen>({ first: 0, last: FIRST });
  const look = useCallback((): void => {
    const element = box.current;
    if (element === null) return;
    const first = Math.max(0, Math.floor(element.scrollTop / height) - BEYOND);
    const last = Math.ceil((element.scrollTop + element.clientHeight) / height) + BEYOND;
    setSeen((before) => (before.first === first && before.last === last ? before : { first, last }));
  }, [height]);
  useEffect(() => {
    look();
    addEventListener('resize', look);
    return () => removeEventListener('resize', look);
  }, [look]);
  return { box, look, first: Math.min(seen.first, Math.max(0, total - 1)), last: Math.min(seen.last, total) };
}

interface Props<T> {
  readonly label: string;
  readonly columns: readonly VirtualColumn<T>[];
  readonly total: number;
  /** undefined: not here yet. */
  readonly rowAt: (at: number) => T | undefined;
  /** Told which rows are to be here. */
  readonly onSeen: (first: number, last: number) => void;
}

/** A table of any length in a box of its own that scrolls: only the rows that are seen exist. */
export function VirtualTable<T>({ label, columns, total, rowAt, onSeen }: Props<T>) {
  const height = useNarrow() ? NARROW_ROW : WIDE_ROW;
  const { box, look, first, last } = useSeen(total, height);
  useEffect(() => onSeen(first, last), [onSeen, first, last]);
  const grid = { gridTemplateColumns: columns.map(({ width }) => `minmax(0, ${width})`).join(' ') };
  const rows = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at);
  return (
    // biome-ignore-start lint/a11y/useSemanticElements: rows that are placed by their number cannot be those of a table
    // biome-ignore-start lint/a11y/useFocusableInteractive: rows of a table that only shows
    // biome-ignore-start lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reached by the keyboard
    <div className={css.box} ref={box} onScroll={look} tabIndex={0} role="region" aria-label={label}>
      <div role="table" aria-label={label} aria-rowcount={total + 1} className={css.table}>
        <div role="rowgroup" className={css.heads}>
          <div role="row" aria-rowindex={1} className={css.head} style={grid}>
            {columns.map((column) => (
              <div role="columnheader" key={column.head} className={column.align === 'number' ? css.number : ''}>
                {column.head}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" className={css.rows} style={{ blockSize: total * height }}>
          {rows.map((at) => (
            <VirtualRow key={at} at={at} height={height} grid={grid} columns={columns} row={rowAt(at)} />
          ))}
        </div>
      </div>
    </div>
    // biome-ignore-end lint/a11y/noNoninteractiveTabindex: see above
    // biome-ignore-end lint/a11y/useFocusableInteractive: see above
    // biome-ignore-end lint/a11y/useSemanticElements: see above
  );
}

interface RowProps<T> {
  readonly at: number;
  readonly height: number;
  readonly grid: { readonly gridTemplateColumns: string };
  readonly columns: readonly VirtualColumn<T>[];
  readonly row: T | undefined;
}

function VirtualRow<T>({ at, height, grid, columns, row }: RowProps<T>) {
  const place = { ...grid, insetBlockStart: at * height, blockSize: height };
  return (
    // biome-ignore lint/a11y/useSemanticElements: see VirtualTable
    // biome-ignore lint/a11y/useFocusableInteractive: a row of a table that only shows
    <div role="row" aria-rowindex={at + 2} className={css.row} style={place}>
      {columns.map((column, n) => (
        // biome-ignore lint/a11y/useSemanticElements: see VirtualTable
        <div
          role="cell"
          key={column.head}
          data-label={column.head}
          className={column.align === 'number' ? css.number : css.cell}
        >
          {row === undefined ? n === 0 && <span className={css.waiting}>{texts.loading}</span> : column.cell(row)}
        </div>
      ))}
    </div>
  );
}
