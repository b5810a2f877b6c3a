/** Columns separated by two spaces, each as wide as its widest cell; the last one is not padded. */
export function formatTable(rows: readonly (readonly string[])[], indent = ''): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, visibleLength(cell));
    });
  }
  return rows
    .map((row) => (indent + row.map((cell, column) => pad(cell, column, row.length, widths)).join('  ')).trimEnd())
    .join('\n');
}

function pad(cell: string, column: number, columns: number, widths: readonly number[]): string {
  if (column === columns - 1) return cell;
  return cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - visibleLength(cell)));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: our own colour codes take no room
const colour = /\u001b\[\d+m/g;

function visibleLength(cell: string): number {
  return [...cell.replaceAll(colour, '')].length;
}
