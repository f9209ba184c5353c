import type { Family } from '../../src/metrics/family.ts';

const BEGIN = '<!-- metrics:begin -->';
const END = '<!-- metrics:end -->';
const HEAD = ['Name', 'Type', 'Labels', 'Meaning'];

/** The page with the table of these metrics between its marks. */
export function withMetricsTable(page: string, families: readonly Family[]): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`The page has no ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${metricsTable(families)}\n\n${END}${after}`;
}

/** As the formatter leaves it. */
function metricsTable(families: readonly Family[]): string {
  const rows = families.map(({ name, type, help, labels }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    help.replaceAll('|', '\\|'),
  ]);
  const widths = HEAD.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = [HEAD, widths.map((width) => '-'.repeat(width)), ...rows].map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  return lines.join('\n');
}
