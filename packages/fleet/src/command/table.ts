export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

const GAP = '  ';

/** Rows below the titles of their columns; cut where they are wider than the terminal. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): readonly string[] {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => cells[i]?.length ?? 0)));
  return lines.map((cells) => {
    const padded = columns.map(({ align }, i) => {
      const [cell, wide] = [cells[i] ?? '', widths[i] ?? 0];
      return align === 'right' ? cell.padStart(wide) : cell.padEnd(wide);
    });
    return padded.join(GAP).slice(0, width).trimEnd();
  });
}
