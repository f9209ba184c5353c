// Replaces the one worker of an address again and again, each time by draining it, while clients ask on connections that
// they keep. Prints what went wrong for them, and how the workers ended.
//
//     node rolling.mjs DRAINS [http|https|h2]
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';

const { limitMs } = createRequire(import.meta.url)('../../support/limits.cjs');
const dist = new URL('../../../dist/', import.meta.url);
const { default: cluster } = await import(new URL('index.cjs', dist));
const { supervisionOf } = await import(new URL('../../../.build/src/api/supervision.js', import.meta.url));

const [drains, kind = 'http'] = process.argv.slice(2);
const CLIENTS = 12;
const IDLE_GRACE_MS = limitMs(150);
const client = kind === 'https' ? https : http;
const supervision = supervisionOf(cluster);

async function start() {
  const supervised = supervision.fork({
    slot: 0,
    env: { KIND: kind, LISTEN: JSON.stringify({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' }) },
    settings: {
      exec: new URL('serving.cjs', import.meta.url).pathname,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
    terms: { pulseMs: 1000, timeoutMs: limitMs(20_000), idleGraceMs: IDLE_GRACE_MS },
    events: { onReady() {}, onPulse() {}, onUncaught: (stack) => console.log(stack), onLeaving() {} },
  });
  const [{ port }] = await once(supervised.worker, 'listening');
  return { ...supervised, port, ended: once(supervised.worker, 'exit') };
}

const problems = {};
const answeredBy = new Set();
let answers = 0;
let kept = 0;
let isOver = false;

/** On one session as long as it serves, one request after the other. */
async function askOnSessions(port) {
  let session;
  while (!isOver) {
    try {
      if (!session || session.closed || session.destroyed) {
        session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
        session.on('error', (error) => (problems[error.code] = (problems[error.code] ?? 0) + 1));
        await once(session, 'remoteSettings');
      } else {
        kept += 1;
      }
      const request = session.request({ ':path': `/slow?ms=${Math.floor(Math.random() * 10)}` });
      let text = '';
      for await (const chunk of request.setEncoding('utf8')) text += chunk;
      answeredBy.add(text);
      answers += 1;
    } catch (error) {
      const name = error.code ?? error.message;
      problems[name] = (problems[name] ?? 0) + 1;
    }
  }
  session.close();
}

async function ask(port) {
  // A client that waits for as long as the grace is closed in the same moment now and then: no server can help that.
  const agent = new client.Agent({ keepAlive: true, maxSockets: 1 });
  while (!isOver) {
    try {
      const ms = Math.random() < 0.2 ? Math.floor(Math.random() * 40) : 0;
      const body = Math.random() < 0.1 ? 'x'.repeat(200_000) : undefined;
      const request = client.request({
        host: '127.0.0.1',
        port,
        path: `/slow?ms=${ms}`,
        method: body ? 'POST' : 'GET',
        agent,
        rejectUnauthorized: false,
      });
      request.end(body);
      const [response] = await once(request, 'response');
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      answeredBy.add(text);
      answers += 1;
      if (request.reusedSocket) kept += 1;
      await delay(Math.random() * 0.3 * IDLE_GRACE_MS * (Math.random() < 0.1));
    } catch (error) {
      const name = error.code ?? error.message;
      problems[name] = (problems[name] ?? 0) + 1;
    }
  }
  agent.destroy();
}

let current = await start();
const { port } = current;
const clients = Array.from({ length: CLIENTS }, () => (kind === 'h2' ? askOnSessions : ask)(port));
const endings = {};
for (let i = 0; i < Number(drains); i += 1) {
  const next = await start();
  const answersBefore = answers;
  current.drain();
  const [code, signal] = await current.ended;
  endings[signal ?? code] = (endings[signal ?? code] ?? 0) + 1;
  current = next;
  while (answers < answersBefore + 50) await delay(1);
}
isOver = true;
await Promise.all(clients);
current.drain();
await current.ended;
supervision.closeUnused();
console.log('problems:', JSON.stringify(problems));
console.log('endings:', JSON.stringify(endings));
console.log('workers that answered:', answeredBy.size);
console.log('enough answers:', answers > 50 * drains, 'most on kept connections:', kept > answers / 2);
if (process.env.VERBOSE) console.log({ answers, kept });
