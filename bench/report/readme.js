// The part of a page that the results write, between two marks.
import { figure } from './table.js';

const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

/** The page with the results in it, in place of what was between the marks. */
export function writeResults(page, results) {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin)
    throw new Error(`Cannot write the results: the page lacks ${BEGIN} and ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${section(results)}\n\n${page.slice(end)}`;
}

function section({ environment, rows }) {
  const lines = [
    ['What', 'Compared with', 'Grappolo', 'Result', 'Target', ''],
    ...rows.flatMap((row) => row.targets.map(targetCells)),
    ...rows
      .filter((row) => row.state !== 'measured')
      .map((row) => [row.title, '-', '-', '-', '-', `${row.state}: ${row.reason}`]),
  ];
  const { node, platform, cpu } = environment;
  const plots = rows.filter(({ plot, state }) => plot && state === 'measured').map(picture);
  return [markdownTable(lines), `Node ${node} on ${platform}, ${cpu}.`, ...plots].join('\n\n');
}

/** A plot in the reader's theme. Only whole runs, which are named "latest", are written into a page. */
function picture({ name, plot }) {
  const source = (theme) => `bench/results/latest-${name}-${theme}.svg`;
  return [
    '<picture>',
    `  <source media="(prefers-color-scheme: dark)" srcset="${source('dark')}">`,
    `  <img alt="${plot.title}" src="${source('light')}">`,
    '</picture>',
  ].join('\n');
}

function targetCells({ what, unit, own, other, value, of, atMost, atLeast, state }) {
  return [
    what,
    other ? `${other.title}: ${withUnit(other.value, unit)}` : '-',
    own ? withUnit(own.value, unit) : '-',
    value === null ? '-' : withUnit(value, of),
    atMost === undefined ? `at least ${withUnit(atLeast, of)}` : `at most ${withUnit(atMost, of)}`,
    state,
  ];
}

function withUnit(value, unit) {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${figure(value, digits)}${unit === '/s' ? unit : ` ${unit}`}`.trimEnd();
}

/** Padded as the formatter pads it, so that writing it changes nothing else. */
function markdownTable(lines) {
  const escaped = lines.map((line) => line.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = escaped[0].map((_, i) => Math.max(3, ...escaped.map((line) => line[i].length)));
  const row = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  const [head, ...body] = escaped;
  return [row(head), row(widths.map((width) => '-'.repeat(width))), ...body.map(row)].join('\n');
}
