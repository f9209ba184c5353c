// Calls that go on while all workers are replaced, twice: prints how many were answered, and what became of the others.
import { setTimeout as sleep } from 'node:timers/promises';

import cluster, { supervise } from 'grappolo';
import { call, contract, gather, serve } from 'grappolo/together';

const LOOPS = 3;
const work = contract('work');
const counts = contract('counts');
const callers = new Set();
let answered = 0;
const lost = [];

/** Calls until it is told to stop; gives what it has had. */
async function ask(isOver) {
  const targets = ['any', 'least-loaded', { slot: 0 }, { slot: 1 }];
  for (let i = 0; !isOver(); i += 1) {
    try {
      callers.add(await call(work, targets[i % targets.length]).take(i % 20));
      answered += 1;
    } catch (error) {
      lost.push(error.message);
    }
  }
}
const asking = (isOver) => Promise.all(Array.from({ length: LOOPS }, () => ask(isOver)));

if (cluster.isPrimary) {
  const told = [];
  serve(counts, { tell: (report) => told.push(report) && undefined });
  const supervisor = await supervise({ workers: 2, ready: { on: 'message' }, drain: { timeoutMs: 60_000 } });
  let isOver = false;
  const all = asking(() => isOver);
  for (let i = 0; i < 2; i += 1) {
    const before = answered;
    while (answered < before + 20) await sleep(5);
    await supervisor.reload();
  }
  isOver = true;
  await all;
  // When all leave at once there is nobody to call.
  await gather(work).stop();
  await supervisor.close();
  const sum = told.reduce((total, report) => total + report.answered, 0);
  const others = told.flatMap((report) => report.lost);
  console.log(
    JSON.stringify({
      workers: callers.size,
      lost,
      others,
      reports: told.length,
      hasAnswers: answered > 0 && sum > 0,
    }),
  );
} else {
  let isOver = false;
  const all = asking(() => isOver);
  serve(work, {
    take: async (ms) => sleep(ms, cluster.worker.id),
    stop: async () => {
      isOver = true;
      await all;
    },
  });
  cluster.worker.on('drain', (drain) => {
    isOver = true;
    drain.waitUntil(all.then(() => call(counts, 'primary').tell({ answered, lost })));
  });
  cluster.worker.ready();
}
