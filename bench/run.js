// Runs the rows one after another, and keeps what they measured. See README.md.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { installNode } from '../scripts/install-node.js';
import { generator } from './load/closed-loop.js';
import { environment } from './measure/environment.js';
import { hasProc } from './measure/process-tree.js';
import { parseOptions, USAGE } from './options.js';
import { plotRow } from './report/plot.js';
import { formatRow, formatTarget } from './report/table.js';
import { interleave } from './rounds.js';
import accounting from './rows/accounting.js';
import even from './rows/even.js';
import firstLine from './rows/first-line.js';
import kill from './rows/kill.js';
import leastLoaded from './rows/least-loaded.js';
import manyWorkers from './rows/many-workers.js';
import memory from './rows/memory.js';
import newConnectionsNode20 from './rows/new-connections-node-20.js';
import newConnections from './rows/new-connections.js';
import numbers from './rows/numbers.js';
import ownContext from './rows/own-context.js';
import preload from './rows/preload.js';
import stall from './rows/stall.js';
import start from './rows/start.js';
import tail from './rows/tail.js';
import { endSurvivors } from './server.js';

const ROWS = [
  newConnections,
  newConnectionsNode20,
  stall,
  tail,
  kill,
  even,
  leastLoaded,
  manyWorkers,
  start,
  firstLine,
  preload,
  memory,
  accounting,
  ownContext,
  numbers,
];
const RESULTS = path.join(import.meta.dirname, 'results');

const NEEDS = {
  /** A Node 20 binary. */
  node20: () => options.node20 ?? installNode('20'),
};

const options = parseOptions(
  process.argv.slice(2),
  ROWS.map(({ name }) => name),
);
if (options.problem) {
  console.error(`${options.problem}\n\n${USAGE}`);
  process.exitCode = 2;
} else if (options.help) console.log(USAGE);
else if (options.list) for (const { name, title } of ROWS) console.log(name.padEnd(24), title);
else await main();

async function main() {
  if (!existsSync(new URL('../dist/index.cjs', import.meta.url))) {
    throw new Error('There is no dist/: npm run build first');
  }
  if (!hasProc) console.error('CPU times need /proc: rows that tell them will fail here.');
  // Whatever ends the benchmark ends what it started: server.js does so at 'exit'.
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
    process.once(signal, () => process.exit(code));
  }
  const startedAt = performance.now();
  const results = {
    environment: { ...environment(), loadGenerator: generator },
    quick: options.quick,
    rows: [],
  };
  for (const [name, value] of Object.entries(results.environment))
    console.log(name.padEnd(16), String(value));
  for (const row of ROWS.filter(({ name }) => options.only?.includes(name) ?? true)) {
    const result = await runRow(row);
    results.rows.push(result);
    console.log(
      `\n${result.state === 'measured' ? formatRow(result) : `${row.title}\n${result.state}: ${result.reason}`}`,
    );
    for (const target of result.targets) console.log(formatTarget(target));
  }
  const survivors = endSurvivors();
  if (survivors.length > 0) {
    console.error(`Left running, and ended: ${survivors.join(', ')}`);
    process.exitCode = 1;
  }
  if (results.rows.some(({ state }) => state === 'failed')) process.exitCode = 1;
  save(results);
  console.log(`\n${Math.round((performance.now() - startedAt) / 1000)} s; results/${options.name}.json`);
}

async function runRow(row) {
  const { name, title, columns, plot, needs = [] } = row;
  const kept = { name, title, columns, plot };
  const startedAt = performance.now();
  const context = contextOf(options);
  try {
    for (const need of needs) {
      try {
        context[need] = NEEDS[need]();
      } catch (error) {
        return {
          ...kept,
          state: 'not available',
          reason: error.message.split('\n')[0],
          sides: [],
          targets: [],
        };
      }
    }
    const { sides, targets } = await row.run(context);
    const tookS = Math.round((performance.now() - startedAt) / 1000);
    return { ...kept, state: 'measured', tookS, sides, targets };
  } catch (error) {
    console.error(error);
    return { ...kept, state: 'failed', reason: error.message, sides: [], targets: [] };
  }
}

/** What a row can ask for: how many rounds, how long each, and who goes when. */
function contextOf({ quick, rounds: asked }) {
  const rounds = (usual) => asked ?? (quick ? 1 : usual);
  return {
    rounds,
    seconds: (usual) => (quick ? Math.ceil(usual / 2) : usual),
    interleave: (contestants, measure, { rounds: usual, combine }) =>
      interleave(contestants, rounds(usual), measure, combine),
  };
}

/** The results as they are, and a plot of each row that has one, in both themes. */
function save(results) {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(path.join(RESULTS, `${options.name}.json`), `${JSON.stringify(results, roundNumbers, 1)}\n`);
  for (const row of results.rows.filter(({ plot, state }) => plot && state === 'measured')) {
    for (const [theme, svg] of Object.entries(plotRow(row))) {
      writeFileSync(path.join(RESULTS, `${options.name}-${row.name}-${theme}.svg`), svg);
    }
  }
}

function roundNumbers(_key, value) {
  return typeof value === 'number' ? Number(value.toFixed(3)) : value;
}
