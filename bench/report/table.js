// What a row says, as text.

/** A number with so many digits behind the point. */
export function figure(value, digits = 2) {
  return value === null || value === undefined ? '-' : value.toFixed(digits);
}

/** The row's table; behind each figure is how many times the first side's it is. */
export function formatRow({ title, columns, sides }) {
  const measured = sides.filter(({ state }) => state === 'measured');
  const lines = [
    ['', ...columns.map((column) => column.title)],
    ...measured.map((side) => [
      side.title,
      ...columns.map((column) => cell(column, side.figures, sides[0].figures)),
    ]),
  ];
  const missing = sides.filter((side) => !measured.includes(side));
  return [
    title,
    ...alignColumns(lines),
    ...missing.map((side) => `${side.title}: ${side.state}: ${side.reason}`),
  ].join('\n');
}

export function formatTarget({ what, own, other, value, of, atMost, atLeast, aim, state }) {
  const limit = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
  const aimed = aim === undefined ? '' : `, aim ${aim}`;
  const sides = own && other ? ` (${figure(own.value)} beside ${figure(other.value)} of ${other.title})` : '';
  const measured = value === null ? '-' : `${figure(value)} ${of}`;
  return `${state.toUpperCase().padEnd(13)} ${what}: ${measured}; ${limit}${aimed}${sides}`;
}

function cell({ key, digits, isPlain }, figures, reference) {
  const value = figures[key];
  const text = figure(value, digits);
  return isPlain || !reference?.[key] ? text : `${text} (${figure(value / reference[key])} x)`;
}

function alignColumns(lines) {
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines.map((line) =>
    line.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  '),
  );
}
