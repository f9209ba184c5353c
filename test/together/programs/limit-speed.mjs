// What a decision costs beside a call to the primary by process.send(), each taken in turns of 10 at a time in 8 workers at once, and whether
// limits are exact: prints, of both, the µs of wall-clock time and of CPU time that each took, in rounds, and how many were let through.
import cluster from 'grappolo';
import { limiter } from 'grappolo/together';

const WORKERS = 8;
const DECISIONS = 50_000;
const ROUNDS = 5;
const AT_ONCE = 10;
const EACH = DECISIONS / WORKERS / ROUNDS;
const POINTS = 12_345;

const limit = limiter('speed', { points: POINTS, perMs: 3_600_000 });

if (cluster.isPrimary) {
  const workers = Array.from({ length: WORKERS }, () => cluster.fork());
  const told = new Map();
  let ready = 0;
  const areReady = new Promise((resolve) => {
    cluster.on('message', (_worker, message) => {
      if (message.isReady) ready += 1;
      if (ready === WORKERS) resolve();
    });
  });
  cluster.on('message', (worker, message) => {
    if (message.ask !== undefined) worker.send({ answer: message.ask, isAllowed: true });
    else told.get(worker)?.(message.done);
  });
  const all = async (how) => {
    const beganMs = performance.now();
    const began = process.cpuUsage();
    const done = await Promise.all(
      workers.map(
        (worker) =>
          new Promise((resolve) => {
            told.set(worker, resolve);
            worker.send({ how });
          }),
      ),
    );
    const tookMs = performance.now() - beganMs;
    const { user, system } = process.cpuUsage(began);
    const cpuUs = done.reduce((sum, each) => sum + each.cpuUs, user + system);
    const decisions = DECISIONS / ROUNDS;
    return {
      wallUs: (tookMs * 1000) / decisions,
      cpuUs: cpuUs / decisions,
      allowed: done.reduce((sum, { allowed }) => sum + allowed, 0),
    };
  };
  // What is sent before is lost.
  await areReady;
  // The first of each loads what it needs.
  await all('limit');
  await all('message');
  await limit.reset('a key');
  const limits = [];
  const messages = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    limits.push(await all('limit'));
    messages.push(await all('message'));
  }
  const allowed = limits.reduce((sum, each) => sum + each.allowed, 0);
  console.log(
    JSON.stringify({ limits, messages, allowed, points: POINTS, taken: (await limit.get('a key')).taken }),
  );
  for (const each of workers) each.disconnect();
} else {
  const asked = new Map();
  let lastAsked = 0;
  const send = () =>
    new Promise((resolve) => {
      lastAsked += 1;
      asked.set(lastAsked, resolve);
      process.send({ ask: lastAsked });
    });
  const decide = { limit: () => limit.take('a key'), message: send };
  process.on('message', (message) => {
    if (message.how) void run(decide[message.how]).then((done) => process.send({ done }));
    asked.get(message.answer)?.(message);
    asked.delete(message.answer);
  });
  process.send({ isReady: true });
}

async function run(decideOne) {
  const began = process.cpuUsage();
  let allowed = 0;
  for (let i = 0; i < EACH; i += AT_ONCE) {
    const decided = await Promise.all(Array.from({ length: AT_ONCE }, decideOne));
    allowed += decided.filter(({ isAllowed }) => isAllowed).length;
  }
  const { user, system } = process.cpuUsage(began);
  return { allowed, cpuUs: user + system };
}
