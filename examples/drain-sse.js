// cluster.worker.on('drain'): event streams never end by themselves, so the program ends them, and clients come back.
import http from 'node:http';

import cluster, { supervise } from 'grappolo';

if (cluster.isPrimary) {
  const supervisor = await supervise({ workers: 1, drain: { timeoutMs: 10_000 } });
  const [{ port }] = supervisor.status().addresses;

  const events = await subscribe(port);
  console.log(await events.next());
  const reloaded = supervisor.reload();
  console.log(await events.next());
  console.log('the stream has ended:', (await events.next()) === undefined);
  console.log(await (await subscribe(port)).next());
  await reloaded;
  await supervisor.close();
} else {
  const streams = new Set();
  http
    .createServer((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: from worker ${cluster.worker.id}\n\n`);
      streams.add(response);
      response.once('close', () => streams.delete(response));
    })
    .listen(0);

  cluster.worker.on('drain', ({ waitUntil }) => {
    for (const stream of streams) stream.end('retry: 100\ndata: come back\n\n');
    waitUntil(saveState());
  });
}

/** The worker stays until this is done. */
async function saveState() {
  process.stdout.write('state is saved\n');
}

/** Reads events one by one, as a browser's EventSource does. */
async function subscribe(port) {
  const { body } = await fetch(`http://127.0.0.1:${port}`);
  const chunks = body.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  let text = '';
  return {
    async next() {
      while (!text.includes('\n\n')) {
        const { value, done } = await chunks.next();
        if (done) return undefined;
        text += value;
      }
      const [event, ...rest] = text.split('\n\n');
      text = rest.join('\n\n');
      return /^data: (.*)$/m.exec(event)?.[1];
    },
  };
}
