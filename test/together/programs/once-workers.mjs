// A primary and workers that want the same job: node once-workers.mjs SCENARIO. Prints as JSON what happened, in its order, and how workers ended.
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import cluster from 'grappolo';
import { call, contract, runOnce, serve } from 'grappolo/together';

const worker = contract('worker');
const me = cluster.isPrimary ? 'primary' : String(cluster.worker.id);

/** Writes at once: whoever is killed has told all that it did. */
function note(what) {
  appendFileSync(process.env.LOG, `${me} ${what}\n`);
}

function noted() {
  try {
    return readFileSync(process.env.LOG, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

async function untilNoted(line) {
  while (!noted().some((each) => each.startsWith(line))) await sleep(5);
}

async function aborted(signal) {
  if (!signal.aborted) await once(signal, 'abort');
}

const jobs = {
  /** Takes a while to end. */
  async leader({ signal, term }) {
    note(`begins ${term}`);
    await aborted(signal);
    await sleep(50);
    note('ends');
    return 'led';
  },
  block({ term }) {
    note(`begins ${term}`);
    for (;;);
  },
};

/** Wants the job, and notes what comes of it. */
function want(kind, options = {}) {
  void runOnce('job', options, jobs[kind]).then(
    (value) => note(`has ${value}`),
    (error) => note(`has failed: ${error.name}`),
  );
}

const ends = {};

async function start(...kinds) {
  for (const kind of kinds) {
    const forked = cluster.fork();
    forked.once('exit', (code, signal) => (ends[forked.id] = signal ?? code));
    await call(worker, { id: forked.id }).want(kind);
  }
  return Object.values(cluster.workers);
}

async function endOf(forked) {
  if (!forked.isDead()) await once(forked, 'exit');
}

const scenarios = {
  /** One that waits for the job, the one that has it, and the last one, by itself. */
  async disconnect() {
    const [one, two, three] = await start('leader', 'leader', 'leader');
    await untilNoted('1 begins');
    two.disconnect();
    await endOf(two);
    one.disconnect();
    await untilNoted('3 begins');
    await endOf(one);
    await call(worker, { id: 3 }).leave();
    await endOf(three);
  },
  async primaryWaits() {
    const [one] = await start('leader');
    await untilNoted('1 begins');
    want('leader');
    const [, two] = await start('leader');
    one.disconnect();
    await untilNoted('primary begins');
    await endOf(one);
    two.disconnect();
    await endOf(two);
  },
  async primaryHolds() {
    const stopping = new AbortController();
    want('leader', { signal: stopping.signal });
    await untilNoted('primary begins');
    const [one, two] = await start('leader', 'leader');
    stopping.abort();
    await untilNoted('1 begins');
    for (const each of [two, one]) {
      each.disconnect();
      await endOf(each);
    }
  },
  /** Those who wait have what it gave. */
  async primaryDoes() {
    const controller = new AbortController();
    const { signal } = controller;
    void runOnce('job', async ({ term }) => {
      note(`begins ${term}`);
      await aborted(signal);
      return 'done';
    });
    await untilNoted('primary begins');
    const workers = await start('leader', 'leader');
    controller.abort();
    await Promise.all(workers.map(({ id }) => untilNoted(`${id} has done`)));
    for (const each of workers) {
      each.disconnect();
      await endOf(each);
    }
  },
  async blocked() {
    const [one, two] = await start('block', 'leader');
    await untilNoted('1 begins');
    // It hears nothing of that.
    one.disconnect();
    one.process.kill('SIGKILL');
    const killedMs = performance.now();
    await untilNoted('2 begins');
    const tookMs = performance.now() - killedMs;
    two.disconnect();
    await endOf(two);
    return { tookMs };
  },
};

if (cluster.isWorker) {
  serve(worker, { want, leave: () => void cluster.worker.disconnect() });
} else {
  const told = await scenarios[process.argv[2]]();
  const terms = noted().flatMap((line) => /begins (\d+)$/.exec(line)?.[1] ?? []);
  console.log(
    JSON.stringify({
      noted: noted().map((line) => line.replace(/ \d+$/, '')),
      ends,
      areTermsGrowing: terms.every((term, index) => index === 0 || Number(term) > Number(terms[index - 1])),
      ...told,
    }),
  );
}
