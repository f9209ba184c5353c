// A row as horizontal bars, in SVG. The same results give the same bytes.
const WIDTH = 720;
const BAR = 22;
const GAP = 10;
const TOP = 46;
const LEFT = 240;
const RIGHT = 90;
const THEMES = {
  light: { text: '#1f2328', quiet: '#59636e', ours: '#6f42c1', theirs: '#8c959f' },
  dark: { text: '#f0f6fc', quiet: '#9198a1', ours: '#b392f0', theirs: '#6e7681' },
};

/** An SVG for each theme, by its name. */
export function plotRow({ plot, sides }) {
  return Object.fromEntries(
    Object.entries(THEMES).map(([name, colors]) => [name, draw(plot, sides, colors)]),
  );
}

function draw({ key, title, unit }, sides, colors) {
  const values = sides.map((side) => side.figures?.[key] ?? null);
  const longest = Math.max(...values.filter((value) => value !== null), Number.MIN_VALUE);
  const height = TOP + sides.length * (BAR + GAP);
  const bars = sides.map((side, i) => {
    const y = TOP + i * (BAR + GAP);
    const middle = y + BAR / 2 + 5;
    const label = text({ x: LEFT - 12, y: middle, anchor: 'end', fill: colors.text }, side.title);
    const value = values[i];
    if (value === null) return label + text({ x: LEFT, y: middle, fill: colors.quiet }, 'not available');
    const width = Math.max(1, ((WIDTH - LEFT - RIGHT) * value) / longest).toFixed(1);
    const fill = side.id.startsWith('ours') ? colors.ours : colors.theirs;
    return [
      label,
      `<rect x="${LEFT}" y="${y}" width="${width}" height="${BAR}" rx="2" fill="${fill}"/>`,
      text(
        { x: LEFT + Number(width) + 8, y: middle, fill: colors.text },
        `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`,
      ),
    ].join('\n');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
      `role="img" aria-label="${escape(title)}" font-family="system-ui, sans-serif" font-size="13">`,
    text({ x: 12, y: 24, fill: colors.text, size: 15 }, title),
    ...bars,
    '</svg>\n',
  ].join('\n');
}

function text({ x, y, fill, anchor = 'start', size = 13 }, content) {
  return `<text x="${x}" y="${y}" fill="${fill}" text-anchor="${anchor}" font-size="${size}">${escape(content)}</text>`;
}

function escape(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
