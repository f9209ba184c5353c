// What comes out of rate-limiter-flexible's class for clusters, and of the one in its place: node flexible.cjs theirs|ours. Four workers.
const [, , whose] = process.argv;
const cluster = require(whose === 'ours' ? 'grappolo' : 'node:cluster');
const theirs = require('rate-limiter-flexible');

const { RateLimiterCluster } = whose === 'ours' ? require('grappolo/together') : theirs;
const WORKERS = 4;

if (cluster.isPrimary) {
  if (whose === 'theirs') new theirs.RateLimiterClusterMaster();
  const results = [];
  let told = 0;
  cluster.on('message', (worker, message) => {
    if (message.steps) results.push(message.steps);
    if (message.allowed === undefined) return;
    results[1] = (results[1] ?? 0) + message.allowed;
    told += 1;
    if (told < WORKERS) return;
    console.log(JSON.stringify(results));
    for (const each of Object.values(cluster.workers)) each.disconnect();
  });
  // One tries what there is, and then all at once.
  const first = cluster.fork();
  first.on('message', ({ steps }) => {
    if (!steps) return;
    first.send('go');
    for (let i = 1; i < WORKERS; i += 1)
      cluster.fork().on('online', function () {
        this.send('go');
      });
  });
} else {
  process.on('message', (message) => {
    if (message === 'go') void consumeMany();
  });
  if (cluster.worker.id === 1) void trySteps().then((steps) => process.send({ steps }));
}

async function consumeMany() {
  const limiter = new RateLimiterCluster({
    keyPrefix: 'many',
    points: 100,
    duration: 600,
    timeoutMs: 60_000,
  });
  const tried = await Promise.allSettled(Array.from({ length: 50 }, () => limiter.consume('a key')));
  process.send({ allowed: tried.filter(({ status }) => status === 'fulfilled').length });
}

async function trySteps() {
  const plain = new RateLimiterCluster({ keyPrefix: 'plain', points: 5, duration: 100, timeoutMs: 60_000 });
  const blocking = new RateLimiterCluster({
    keyPrefix: 'block',
    points: 2,
    duration: 100,
    blockDuration: 1000,
    timeoutMs: 60_000,
  });
  const endless = new RateLimiterCluster({ keyPrefix: 'endless', points: 2, duration: 0, timeoutMs: 60_000 });
  const even = new RateLimiterCluster({
    keyPrefix: 'even',
    points: 10,
    duration: 1,
    execEvenly: true,
    timeoutMs: 60_000,
  });
  const unnamed = new RateLimiterCluster({ points: 1, duration: 100, timeoutMs: 60_000 });
  const steps = [
    () => plain.get('k'),
    () => plain.consume('k'),
    () => plain.consume('k', 3),
    () => plain.get('k'),
    () => plain.consume('k', 2),
    () => plain.consume('k'),
    () => plain.penalty('k', 2),
    () => plain.reward('k', 8),
    () => plain.consume('k'),
    () => plain.delete('k'),
    () => plain.delete('k'),
    () => plain.get('k'),
    () => plain.reward('credit', 3),
    () => plain.consume('credit', 8),
    () => plain.consume('credit', 1),
    () => plain.penalty('punished', 9),
    () => plain.consume('punished'),
    () => plain.block('blocked', 300),
    () => plain.get('blocked'),
    () => plain.consume('blocked'),
    () => plain.block('for ever', 0),
    () => plain.get('for ever'),
    () => plain.consume('custom', 1, { customDuration: 500 }),
    () => plain.consume('custom', 1, { customDuration: 900 }),
    () => plain.consume('zero', 0),
    () => plain.consume(7, 1),
    () => plain.get('7'),
    () => blocking.consume('k', 2),
    () => blocking.consume('k'),
    () => blocking.consume('k'),
    () => blocking.get('k'),
    () => endless.consume('k'),
    () => endless.consume('k', 2),
    () => endless.get('k'),
    () => even.consume('k'),
    () => even.consume('k'),
    () => unnamed.consume('k'),
    () => unnamed.consume('k'),
    () =>
      [plain, unnamed, endless].map((each) => [
        each.getKey('x'),
        each.parseKey(each.getKey('x')),
        each.msDuration,
      ]),
    () =>
      [plain, even, endless].map((each) => [
        each.points,
        each.blockDuration,
        each.execEvenlyMinDelayMs,
        each.keyPrefix,
      ]),
    () => new RateLimiterCluster({ duration: 1 }),
    () => new RateLimiterCluster({ points: 1 }),
    () => new RateLimiterCluster({ points: 1, duration: -1 }),
    () => new RateLimiterCluster({ points: 1, duration: 1, keyPrefix: 1 }),
  ];
  const came = [];
  for (const step of steps) {
    try {
      came.push(['resolved', described(await step())]);
    } catch (reason) {
      came.push(['rejected', described(reason)]);
    }
  }
  return came;
}

function described(value) {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const { msBeforeNext, ...others } = value.toJSON();
  // In half minutes: the one may be slower than the other.
  return {
    ...others,
    msBeforeNext: Math.ceil(msBeforeNext / 30_000),
    text: Object.keys(JSON.parse(String(value))),
  };
}
