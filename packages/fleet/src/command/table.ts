const GAP = '  ';

/** Rows in columns; cut where they are wider than the terminal. */
export function table(
  rows: readonly (readonly string[])[],
  isRight: (column: number) => boolean,
  width: number | undefined,
): readonly string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      isRight(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    );
    return cells.join(GAP).slice(0, width).trimEnd();
  });
}
