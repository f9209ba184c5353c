// The documentation's ES module form: named and default imports on both sides, worker and primary in one file.
import cluster, { isPrimary } from 'node:cluster';
import http from 'node:http';
import process from 'node:process';

if (isPrimary) {
  const answers = [];
  cluster.on('listening', async (worker, { port }) => {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
    answers.push(`${worker.id}: ${response.status} ${await response.text()}`);
    if (answers.length === 2) cluster.disconnect();
  });
  cluster.on('exit', (worker, code, signal) => answers.push(`${worker.id} exit ${code} ${signal}`));
  process.on('exit', () => console.log(answers.toSorted().join('\n')));
  cluster.fork({ TEXT: 'hello world' });
  cluster.fork({ TEXT: 'hello world' });
} else {
  http
    .createServer((request, response) => {
      response.writeHead(200);
      response.end(process.env.TEXT);
    })
    .listen(0, '127.0.0.1');
}
