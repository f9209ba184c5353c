// The client of open-loop.js. Its HTTP is the least that will do, on plain sockets, so that it costs little of the
// CPUs that it shares with the servers, and every end of a connection can be told from every other.
import net from 'node:net';

import { percentile } from '../measure/statistics.js';
import { arrivals } from './arrivals.js';

process.once('message', async (load) => {
  const { port, timeoutMs } = load;
  const requests = arrivals(load).slice(0, load.count);
  const startedAt = performance.now();
  const lateMs = [];
  const answers = [];
  for (const { atMs, path } of requests) {
    const dueAt = startedAt + atMs;
    // A timer is a millisecond late at worst; to wait more exactly would take a CPU.
    for (let waitMs = dueAt - performance.now(); waitMs > 0; waitMs = dueAt - performance.now())
      await sleep(waitMs);
    lateMs.push(performance.now() - dueAt);
    answers.push(request(port, path, dueAt, timeoutMs));
  }
  const results = await Promise.all(answers);
  const failures = results.filter(({ outcome }) => outcome !== 'answered');
  process.send(
    {
      sent: results.length,
      latenciesMs: results.filter(({ outcome }) => outcome === 'answered').map(({ ms }) => ms),
      failures,
      lateP99Ms: percentile(
        lateMs.toSorted((a, b) => a - b),
        99,
      ),
    },
    () => process.disconnect(),
  );
});

function sleep(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/**
 * `answered` in so many ms since the request was due, or how it failed: `refused`, `hung` when nothing happened within
 * the limit, `broken` when the connection ended without the whole answer.
 */
function request(port, path, dueAt, timeoutMs) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    let localPort;
    let answer = '';
    let ended = (outcome) => {
      ended = () => {};
      clearTimeout(timer);
      resolve({ outcome, localPort, ms: Number((performance.now() - dueAt).toFixed(2)) });
    };
    const timer = setTimeout(() => {
      ended('hung');
      socket.destroy();
    }, timeoutMs);
    socket.setEncoding('latin1');
    socket.on('connect', () => {
      localPort = socket.localPort;
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    });
    socket.on('data', (text) => {
      answer += text;
      if (isWhole(answer)) ended('answered');
    });
    socket.on('error', ({ code }) => ended(code === 'ECONNREFUSED' ? 'refused' : 'broken'));
    socket.on('close', () => ended('broken'));
  });
}

function isWhole(answer) {
  const head = answer.indexOf('\r\n\r\n');
  if (head === -1 || !answer.startsWith('HTTP/1.1 200 ')) return false;
  const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(answer) ?? [];
  return length !== undefined && answer.length - head - 4 >= Number(length);
}
