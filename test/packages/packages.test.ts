import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Program } from '../support/program.ts';
import { askAll, clusterOf, get, portOf, startUnder } from './started.ts';

/**
 * Packages that are used under node:cluster, each in a program that is run unchanged on node:cluster and on the library:
 * all its workers answer, what the package does with the cluster works, and SIGTERM ends it.
 */
const WORKERS = 3;

interface Answered {
  readonly program: Program;
  readonly port: number;
  /** How often each worker has answered. */
  readonly answers: ReadonlyMap<number, number>;
}

interface Row {
  readonly file: string;
  /** What else has to hold once all workers have answered. */
  readonly check?: (answered: Answered) => Promise<void>;
}

const ROWS: readonly Row[] = [
  { file: 'express.cjs' },
  { file: 'fastify.cjs' },
  { file: 'koa.cjs' },
  { file: 'hono.mjs' },
  { file: 'pino.cjs', check: hasLoggedAll },
  { file: 'winston.cjs', check: hasLoggedAll },
  {
    file: 'log4js.cjs',
    async check(answered) {
      await hasLoggedAll(answered);
      const printers = new Set(linesOf(answered.program).map(({ printedBy }) => printedBy));
      assert.deepEqual([...printers], [answered.program.pid], 'only the primary prints');
    },
  },
  {
    file: 'prom-client.cjs',
    async check({ program, answers }) {
      const metrics = await get(await portOf(program, 'metrics'));
      const counted = [...metrics.matchAll(/^requests\{worker="(\d+)"\} (\d+)$/gm)];
      assert.deepEqual(new Map(counted.map(([, worker, count]) => [Number(worker), Number(count)])), answers);
    },
  },
];

/** How connections travel is all the same to most of them: without queues, there is one of each kind. */
const WITHOUT_QUEUES = ['express.cjs', 'hono.mjs', 'log4js.cjs'];

const WAYS = [
  { on: 'node:cluster', env: {}, isOurs: false, rows: ROWS },
  { on: 'Grappolo', env: {}, isOurs: true, rows: ROWS },
  {
    on: 'Grappolo without queues',
    env: { GRAPPOLO_LANE: 'ipc' },
    isOurs: true,
    rows: ROWS.filter(({ file }) => WITHOUT_QUEUES.includes(file)),
  },
] as const;

for (const { on, env, isOurs, rows } of WAYS) {
  describe(`on ${on}`, { concurrency: 3 }, () => {
    for (const { file, check } of rows) {
      it(`${file}: all workers answer`, async (t) => {
        const program = startUnder(t, file, { flags: isOurs ? registerFor(file) : [], env });
        const port = await portOf(program);
        const answers = new Map([...(await askAll(port, WORKERS))].toSorted(([one], [other]) => one - other));
        assert.deepEqual([...answers.keys()], [1, 2, 3]);
        await check?.({ program, port, answers });
        await endsOnSigterm(program);
      });
    }

    it('throng.cjs: a worker that is killed has a successor', async (t) => {
      const program = startUnder(t, 'throng.cjs', { flags: isOurs ? registerFor('throng.cjs') : [], env });
      const listens = (id: number): Promise<number> =>
        portOf(program, `worker ${id} of ${clusterOf(program)} port`);
      const port = await listens(1);
      await listens(2);
      await askAll(port, 2);
      const { worker, pid } = JSON.parse(await get(port)) as { worker: number; pid: number };
      process.kill(pid, 'SIGKILL');
      assert.equal(await listens(3), port);
      const answers = await askAll(port, 2);
      assert.deepEqual(new Set(answers.keys()), new Set([1, 2, 3].filter((id) => id !== worker)));
      await endsOnSigterm(program);
    });
  });
}

/** `--require` for CommonJS, `--import` for ES modules, as the README says. */
function registerFor(file: string): string[] {
  return [file.endsWith('.mjs') ? '--import' : '--require', 'grappolo/register'];
}

/** Each worker has logged each of its requests. */
async function hasLoggedAll({ program, answers }: Answered): Promise<void> {
  const expected = [...answers].flatMap(([worker, count]) => Array<number>(count).fill(worker));
  // What a worker logs comes by another way than its answer.
  await program.waitFor(new RegExp(`(^\\{.*\\}\\n[^]*?){${expected.length}}`, 'm'));
  assert.deepEqual(
    linesOf(program)
      .map(({ worker }) => worker)
      .toSorted((one, other) => one - other),
    expected,
  );
}

interface Line {
  readonly worker: number;
  readonly printedBy?: number;
}

/** The complete lines of JSON that a program has printed. */
function linesOf(program: Program): Line[] {
  return [...program.stdout.matchAll(/^\{.*\}$/gm)].map(([line]) => JSON.parse(line) as Line);
}

async function endsOnSigterm(program: Program): Promise<void> {
  process.kill(program.pid, 'SIGTERM');
  const { code, signal, stderr, isHung } = await program.ended;
  assert.deepEqual({ code, signal, stderr, isHung }, { code: 0, signal: null, stderr: '', isHung: false });
}
