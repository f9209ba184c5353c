// Simulates fleets: what holds in storms of faults, and what they cost without. See README.md.
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const HERE = import.meta.dirname;
if (!existsSync(path.join(HERE, '../../.build/packages/fleet/src/protocol/lease.js')))
  throw new Error('There is no .build/: npm run pretest first');
const { measure } = await import('./measures.js');
const { plotMeasures } = await import('./plot.js');
const { storm } = await import('./storm.js');

/** Storms of larger fleets take longer: of so many there are fewer, and shorter ones. */
const STORMS = [
  { upTo: 10, part: 1, seconds: 300 },
  { upTo: 100, part: 0.2, seconds: 300 },
  { upTo: 1000, part: 0.02, seconds: 200 },
  { upTo: Infinity, part: 0.003, seconds: 120 },
];

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    hosts: { type: 'string', default: '10,100,1000' },
    out: { type: 'string', default: HERE },
  },
});
const seeds = Number(values.seeds);
const sizes = values.hosts.split(',').map(Number);
if (![seeds, ...sizes].every((each) => Number.isInteger(each) && each > 0))
  throw new TypeError('--seeds is a number from 1, --hosts are such numbers with commas');

const startedMs = performance.now();
const storms = sizes.map(runStorms);
const measures = sizes.map((hosts) => ({ hosts, ...measure(hosts) }));
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
const round = (_key, value) => (typeof value === 'number' ? Number(value.toFixed(3)) : value);
writeFileSync(path.join(values.out, 'results.json'), `${JSON.stringify({ storms, measures }, round, 1)}\n`);
writeFileSync(path.join(values.out, 'results.svg'), plotMeasures(measures));
console.log(`${Math.round((performance.now() - startedMs) / 1000)} s; results.json, results.svg`);

function runStorms(hosts) {
  const { part, seconds } = STORMS.find(({ upTo }) => hosts <= upTo);
  const count = Math.max(1, Math.round(seeds * part));
  const row = { hosts, seeds: count, seconds, events: 0, lives: 0, tenures: 0, steps: 0, unknowable: 0 };
  const violations = [];
  const outcomes = {};
  for (let seed = 1; seed <= count; seed += 1) {
    const found = storm({ seed, hosts, seconds });
    for (const key of ['events', 'lives', 'tenures', 'steps', 'unknowable']) row[key] += found[key];
    for (const [result, times] of Object.entries(found.outcomes))
      outcomes[result] = (outcomes[result] ?? 0) + times;
    violations.push(...found.violations.map((violation) => ({ seed, ...violation })));
  }
  return { ...row, outcomes, violations };
}

function print(head, rows) {
  const lines = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  for (const line of lines) console.log(line.map((text, i) => text.padStart(widths[i])).join('  '));
  console.log();
}
