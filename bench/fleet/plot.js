// The measures over the number of hosts, both by powers of ten, in SVG. The same results give the same bytes.
const WIDTH = 720;
const PANEL = { width: 300, height: 150, left: 52, top: 70, gapX: 60, gapY: 74 };
const PANELS = [
  { key: 'messagesPerS', title: 'Messages a second at rest', unit: '/s' },
  { key: 'statusMs', title: 'Until status knows all', unit: ' ms' },
  { key: 'leaderMedianMs', title: 'Until there is a new leader', unit: ' ms' },
  { key: 'reloadS', title: 'Rolling reload, 1 % at once', unit: ' s' },
];

export function plotMeasures(measures) {
  const height = PANEL.top + 2 * (PANEL.height + PANEL.gapY);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
      'role="img" aria-label="A fleet from 10 to 10,000 hosts" font-family="system-ui, sans-serif" font-size="12">',
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(12, 26, 'A simulated fleet without faults, by the number of hosts', 'start', 15),
    ...PANELS.map((panel, index) => draw(panel, index, measures)),
    '</svg>\n',
  ].join('\n');
}

function draw({ key, title, unit }, index, measures) {
  const left = PANEL.left + (index % 2) * (PANEL.width + PANEL.gapX);
  const top = PANEL.top + Math.floor(index / 2) * (PANEL.height + PANEL.gapY);
  const most = Math.ceil(Math.log10(Math.max(...measures.map((each) => each[key]), 10)));
  const powers = Math.log10(measures.at(-1).hosts / measures[0].hosts) || 1;
  const x = (hosts) => left + (Math.log10(hosts / measures[0].hosts) / powers) * (PANEL.width - 40);
  const y = (value) => top + PANEL.height * (1 - Math.log10(Math.max(value, 1)) / most);
  const points = measures.map((each) => `${x(each.hosts).toFixed(1)},${y(each[key]).toFixed(1)}`);
  return [
    text(left, top - 14, title, 'start', 13),
    ...Array.from({ length: most + 1 }, (_, power) => line(left, y(10 ** power), PANEL.width - 40)),
    ...Array.from({ length: most + 1 }, (_, power) =>
      text(left - 6, y(10 ** power) + 4, (10 ** power).toLocaleString('en'), 'end', 10),
    ),
    `<polyline points="${points.join(' ')}" fill="none" stroke="#6f42c1" stroke-width="2"/>`,
    ...measures.flatMap((each) => [
      `<circle cx="${x(each.hosts).toFixed(1)}" cy="${y(each[key]).toFixed(1)}" r="3" fill="#6f42c1"/>`,
      text(
        x(each.hosts),
        y(each[key]) - 8,
        `${Math.round(each[key]).toLocaleString('en')}${unit}`,
        'middle',
        11,
      ),
      text(x(each.hosts), top + PANEL.height + 16, each.hosts.toLocaleString('en'), 'middle', 10),
    ]),
  ].join('\n');
}

function line(left, y, width) {
  return `<line x1="${left}" x2="${left + width}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}" stroke="#d0d7de"/>`;
}

function text(x, y, content, anchor, size) {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-size="${size}" fill="#1f2328">${content}</text>`;
}
