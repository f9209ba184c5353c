// Prints, as JSON, in us: how long a call from a worker to the primary takes, and a message there and back, in rounds that take turns.
import cluster from 'grappolo';
import { call, contract, serve } from 'grappolo/together';

const ROUNDS = 30;
const TIMES = 1000;
const echo = contract('echo');
const bench = contract('bench');

if (cluster.isPrimary) {
  serve(echo, { echo: (value) => value });
  const worker = cluster.fork();
  worker.process.on('message', (message) => {
    if (message.asked) worker.process.send(message);
  });
  console.log(JSON.stringify(await call(bench, { id: 1 }, { timeoutMs: 600_000 }).run()));
  worker.process.kill('SIGKILL');
} else {
  let onAnswer;
  process.on('message', (message) => onAnswer(message));
  const remote = call(echo, 'primary');
  const kinds = {
    calls: (i) => remote.echo({ id: i, name: 'x' }),
    messages: (i) =>
      new Promise((resolve) => {
        onAnswer = resolve;
        process.send({ asked: true, id: i, name: 'x' });
      }),
  };
  serve(bench, {
    async run() {
      const took = { calls: [], messages: [] };
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const [kind, once] of Object.entries(kinds)) {
          const startMs = performance.now();
          for (let i = 0; i < TIMES; i += 1) await once(i);
          took[kind].push(((performance.now() - startMs) * 1000) / TIMES);
        }
      }
      return took;
    },
  });
}
