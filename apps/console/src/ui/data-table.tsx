import type { ReactNode } from 'react';
import css from './data-table.module.css';

export interface Column<T> {
  readonly head: string;
  readonly cell: (row: T) => ReactNode;
  readonly align?: 'number';
}

interface Props<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T, at: number) => string;
}

/**
 * A table that becomes a list of named values on a narrow screen. The roles are written out because browsers drop
 * them from elements whose display is no longer a table's.
 */
export function DataTable<T>({ label, columns, rows, rowKey }: Props<T>) {
  return (
    // biome-ignore-start lint/a11y/noRedundantRoles: see above
    <table className={css.table} role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th
              key={column.head}
              role="columnheader"
              scope="col"
              className={column.align === 'number' ? css.number : ''}
            >
              {column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row, at) => (
          <tr key={rowKey(row, at)} role="row">
            {columns.map((column) => (
              <td
                key={column.head}
                role="cell"
                data-label={column.head}
                className={column.align === 'number' ? css.number : ''}
              >
                <div className={column.align === 'number' ? '' : css.room}>{column.cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
    // biome-ignore-end lint/a11y/noRedundantRoles: see above
  );
}
