// Simulates fleets: what holds in storms of faults, and what they cost without. See README.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const HERE = import.meta.dirname;
if (!existsSync(path.join(HERE, '../../.build/packages/fleet/src/protocol/lease.js')))
  throw new Error('There is no .build/: npm run pretest first');
const { measure } = await import('./measures.js');
const { plotMeasures } = await import('./plot.js');
const { storm } = await import('./storm.js');

/** Storms of larger fleets take longer: they are shorter. */
const SECONDS = [
  { upTo: 100, seconds: 300 },
  { upTo: 1000, seconds: 200 },
  { upTo: Infinity, seconds: 120 },
];

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '10,100,1000' },
    seeds: { type: 'string', default: '20,4,1' },
    minutes: { type: 'string', default: 'Infinity' },
    continue: { type: 'boolean', default: false },
    out: { type: 'string', default: HERE },
  },
});
const sizes = values.hosts.split(',').map(Number);
const seeds = values.seeds.split(',').map(Number);
const limitMs = Number(values.minutes) * 60_000;
if (
  ![...seeds, ...sizes].every((each) => Number.isInteger(each) && each > 0) ||
  seeds.length !== sizes.length
)
  throw new TypeError('--hosts are numbers from 1 with commas, and --seeds as many of them');
if (!(limitMs > 0)) throw new TypeError('--minutes is a number above 0');

const file = path.join(values.out, 'results.json');
const earlier = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { storms: [], measures: [] };
const startedMs = performance.now();
const storms = sizes.map((hosts, index) => runStorms(hosts, seeds[index], begunRow(hosts)));
// They have no seeds.
const measures = values.continue ? [] : sizes.map((hosts) => ({ hosts, ...measure(hosts) }));
print(
  [
    'hosts',
    'seeds',
    'seconds each',
    'events',
    'engine lives',
    'tenures',
    'steps',
    'unknowable',
    'violations',
  ],
  storms.map((row) => [
    row.hosts,
    row.seeds,
    row.seconds,
    row.events,
    row.lives,
    row.tenures,
    row.steps,
    row.unknowable,
    row.violations.length,
  ]),
);
print(
  [
    'hosts',
    'messages/s',
    'writes/s',
    'status ms',
    'its messages',
    'new leader s',
    'at worst s',
    'at once',
    'reload s',
    'messages/host',
  ],
  measures.map((row) => [
    row.hosts,
    row.messagesPerS,
    row.writesPerS,
    row.statusMs.toFixed(1),
    row.statusMessages,
    (row.leaderMedianMs / 1000).toFixed(1),
    (row.leaderWorstMs / 1000).toFixed(1),
    row.maxUnavailable,
    row.reloadS.toFixed(0),
    row.reloadMessagesPerHost.toFixed(0),
  ]),
);
for (const { hosts, violations } of storms)
  for (const violation of violations.slice(0, 10)) console.error(hosts, violation);
if (storms.some(({ violations }) => violations.length > 0)) process.exitCode = 1;
// Sizes that were not run now stay as they were.
const results = { storms: merged(earlier.storms, storms), measures: merged(earlier.measures, measures) };
const round = (_key, value) => (typeof value === 'number' ? Number(value.toFixed(3)) : value);
writeFileSync(file, `${JSON.stringify(results, round, 1)}\n`);
if (measures.length > 0) writeFileSync(path.join(values.out, 'results.svg'), plotMeasures(results.measures));
console.log(`${Math.round((performance.now() - startedMs) / 1000)} s; results.json, results.svg`);

/** What is known of the storms of a size: nothing, or what the results have that are gone on with. */
function begunRow(hosts) {
  const { seconds } = SECONDS.find(({ upTo }) => hosts <= upTo);
  const counts = { events: 0, lives: 0, tenures: 0, steps: 0, unknowable: 0 };
  const known =
    values.continue && earlier.storms.find((row) => row.hosts === hosts && row.seconds === seconds);
  return known || { hosts, seeds: 0, seconds, ...counts, outcomes: {}, violations: [] };
}

function runStorms(hosts, count, begun) {
  const row = { ...begun };
  const { seconds } = row;
  const endMs = performance.now() + limitMs;
  const violations = [...row.violations];
  const outcomes = { ...row.outcomes };
  for (let seed = row.seeds + 1; seed <= count && performance.now() < endMs; seed += 1) {
    row.seeds = seed;
    const found = storm({ seed, hosts, seconds });
    for (const key of ['events', 'lives', 'tenures', 'steps', 'unknowable']) row[key] += found[key];
    for (const [result, times] of Object.entries(found.outcomes))
      outcomes[result] = (outcomes[result] ?? 0) + times;
    violations.push(...found.violations.map((violation) => ({ seed, ...violation })));
  }
  return { ...row, outcomes, violations };
}

function merged(before, now) {
  const others = before.filter(({ hosts }) => !now.some((row) => row.hosts === hosts));
  return [...others, ...now].toSorted((a, b) => a.hosts - b.hosts);
}

function print(head, rows) {
  const lines = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  for (const line of lines) console.log(line.map((text, i) => text.padStart(widths[i])).join('  '));
  console.log();
}
