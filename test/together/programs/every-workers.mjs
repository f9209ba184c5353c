// Workers that all have the same schedule: node every-workers.mjs SCHEDULE PERIOD_MS. The primary has each run go another way, and prints what
// came of them as JSON lines, in the order of what happened.
import EventEmitter, { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import cluster from 'grappolo';
import { call, contract, every, serve } from 'grappolo/together';

const [, , given, period] = process.argv;
const schedule = Number(given) || given;
const periodMs = Number(period);
const WORKERS = 3;
const steps = contract('steps');
const primary = call(steps, 'primary', { timeoutMs: 600_000 });

/** Writes at once: whoever is killed has told all that it did. */
function note(type, fields) {
  appendFileSync(process.env.LOG, `${JSON.stringify({ type, pid: process.pid, ...fields })}\n`);
}

/** Until so many more runs are due, whatever the time is by now. */
async function untilDue(count) {
  const untilMs = Date.now() + (count + 0.2) * periodMs;
  while (Date.now() < untilMs) await sleep(untilMs - Date.now());
}

/** What is done in a run, or after it. */
const deeds = {
  short: () => {},
  long: () => untilDue(1),
  fail: () => {
    throw new Error('a run has failed');
  },
  stopAfter: () => void setImmediate(() => process.kill(process.pid, 'SIGSTOP')),
  hang: () => new Promise(() => {}),
  leave: async ({ signal }) => {
    if (!signal.aborted) await once(signal, 'abort');
  },
};

/** What the primary does about it. */
const after = {
  async stopAfter(pid) {
    await hasStopped(pid);
    // The first of them is made, late.
    await untilDue(2);
    process.kill(pid, 'SIGCONT');
  },
  hang: (pid) => process.kill(pid, 'SIGKILL'),
  leave: (pid) =>
    workers()
      .find((worker) => worker.process.pid === pid)
      .disconnect(),
  async hangAll() {
    await killAll();
    await untilDue(1);
    for (let i = 0; i < WORKERS; i += 1) cluster.fork();
  },
};

if (cluster.isWorker) {
  every(
    'job',
    schedule,
    {
      onMissed: (missed) => note('missed', missed),
      onError: ({ message }) => note('error', { message }),
    },
    async (run) => {
      const { term, dueAtMs } = run;
      note('begin', { term, dueAtMs, nowMs: Date.now() });
      try {
        await deeds[await primary.next(process.pid)](run);
      } finally {
        note('end', { term });
      }
    },
  );
} else {
  const over = new EventEmitter();
  const plan = ['short', 'short', 'long', 'fail', 'stopAfter', 'hang', 'leave', 'hangAll', 'short', 'last'];
  serve(steps, {
    next(pid) {
      const step = plan.shift();
      if (step === 'last') over.emit('last');
      else void (after[step] ?? (() => {}))(pid);
      return step in deeds ? step : 'hang';
    },
  });
  for (let i = 0; i < WORKERS; i += 1) cluster.fork();
  await once(over, 'last');
  await killAll();
  process.stdout.write(readFileSync(process.env.LOG, 'utf8'));
}

async function hasStopped(pid) {
  const state = () => /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  while (state() !== 'T') await sleep(5);
}

function workers() {
  return Object.values(cluster.workers);
}

async function killAll() {
  const all = workers();
  const ended = all.map((worker) => once(worker, 'exit'));
  for (const { process: child } of all) child.kill('SIGKILL');
  await Promise.all(ended);
}
