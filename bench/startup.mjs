// What a worker's start costs more than with node:cluster: the time from fork() to the first line of its program.
//
//     node bench/startup.mjs [--pairs 40] [--json]
//
// Two primaries run side by side, one on each cluster, and start one worker each in turn; a pair is one start on each,
// and who begins changes with each pair, so that whatever else the machine does hits both alike.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const inStartup = (file) => fileURLToPath(new URL(`startup/${file}`, import.meta.url));
const WARM_UP_PAIRS = 3;

const { values } = parseArgs({
  options: { pairs: { type: 'string', default: '40' }, json: { type: 'boolean', default: false } },
});
const pairs = await measure(Number(values.pairs));
const report = {
  environment: {
    node: process.version,
    platform: `${process.platform} ${os.release()} ${process.arch}`,
    cpu: `${os.availableParallelism()} x ${os.cpus()[0]?.model ?? 'unknown'}`,
    load: os.loadavg().map((load) => Number(load.toFixed(2))),
  },
  wallMs: medians('wallMs'),
  cpuMs: medians('cpuMs'),
  pairs,
};
if (values.json) {
  console.log(JSON.stringify(report));
} else {
  for (const [name, value] of Object.entries(report.environment)) console.log(name.padEnd(16), String(value));
  console.log(`\nfrom fork() to the first line, medians of ${pairs.length} interleaved pairs`);
  console.log(' '.repeat(16), 'node:cluster  grappolo  extra in a pair');
  for (const [name, key] of Object.entries({ 'time, ms': 'wallMs', 'CPU time, ms': 'cpuMs' })) {
    const { node, grappolo, extra } = report[key];
    console.log(
      name.padEnd(16),
      node.toFixed(1).padStart(12),
      grappolo.toFixed(1).padStart(9),
      extra.toFixed(1).padStart(16),
    );
  }
}

function medians(key) {
  return {
    node: median(pairs.map(({ node }) => node[key])),
    grappolo: median(pairs.map(({ grappolo }) => grappolo[key])),
    extra: median(pairs.map(({ node, grappolo }) => grappolo[key] - node[key])),
  };
}

async function measure(count) {
  const primaries = {
    node: startPrimary('worker-node.mjs'),
    grappolo: startPrimary('worker-grappolo.mjs'),
  };
  const results = [];
  for (let i = -WARM_UP_PAIRS; i < count; i += 1) {
    const pair = {};
    const order = i % 2 === 0 ? ['node', 'grappolo'] : ['grappolo', 'node'];
    for (const kind of order) pair[kind] = await startWorker(primaries[kind]);
    if (i >= 0) results.push(pair);
  }
  for (const primary of Object.values(primaries)) {
    primary.disconnect();
    await once(primary, 'exit');
  }
  return results;
}

function startPrimary(program) {
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  return fork(inStartup('primary.mjs'), [inStartup(program)], { env });
}

async function startWorker(primary) {
  primary.send('start');
  const [{ wallMs, cpuMs }] = await once(primary, 'message');
  return { wallMs, cpuMs };
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
