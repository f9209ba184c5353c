// A server that does on request what servers in production do by mistake. What it does at its start, the file named by
// VERSION_FILE says: it serves, at once, late or with 500, never listens, or dies. In the folder named by DIARY_FOLDER it
// keeps a file, named for its process, of the connections that it takes, by the client's port, and of what it is asked to do
// other than to answer at once. What is held ends as soon as the file named by RELEASE_FILE is there. With EXPOSES it has a
// registry of metrics.
import { existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { limitMs } = require('../../support/limits.cjs');

const LOOK_MS = 10;
const LATE_MS = 300;
const kept = [];
const isReleased = () => existsSync(process.env.RELEASE_FILE);

const DEEDS = {
  '/': (response) => response.end(`${process.pid}\n`),
  '/slow': (response, query) => setTimeout(() => response.end('slow\n'), Number(query.get('ms'))),
  '/held': (response) => {
    const timer = setInterval(() => {
      if (!isReleased()) return;
      clearInterval(timer);
      response.end('held\n');
    }, LOOK_MS);
  },
  '/busy': (response, query) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(query.get('ms')));
    response.end('busy\n');
  },
  '/spin': () => spin(),
  '/block': () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  '/crash': (response, query) => {
    throw new Error(query.get('message') ?? 'crashed on request');
  },
  '/print': (response, query) => {
    console.log(query.get('line'));
    response.end('printed\n');
  },
  '/grow': (response, query) => {
    kept.push(Buffer.alloc(Number(query.get('mb')) * 2 ** 20, 1));
    response.end(`${process.pid}\n`);
  },
};

const diary = process.env.DIARY_FOLDER && openSync(`${process.env.DIARY_FOLDER}/${process.pid}`, 'a');
const note = (what) => diary && writeSync(diary, `${what} ${Date.now()}\n`);

let answered = 0;
if (process.env.EXPOSES) {
  const { exposeMetrics } = require('../../../dist/metrics.cjs');
  const values = () => [{ labels: {}, value: answered }];
  const metric = { name: 'answered_total', help: 'Requests.', type: 'counter', aggregator: 'sum' };
  exposeMetrics({ getMetricsAsJSON: () => [{ ...metric, values: values() }] });
}

const version = process.env.VERSION_FILE ? readFileSync(process.env.VERSION_FILE, 'utf8').trim() : 'serves';
if (version === 'dies') throw new Error('this version cannot start');
if (version === 'never listens') setInterval(() => {}, 1000);
if (version === 'serves' || version.startsWith('answers')) {
  const server = http
    .createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url, 'http://localhost');
      const deed = DEEDS[pathname];
      if (pathname !== '/') note(pathname);
      answered += 1;
      if (version === 'answers 500') response.writeHead(500).end();
      else if (version === 'answers late') setTimeout(() => response.end('late\n'), LATE_MS);
      else if (deed) deed(response, searchParams);
      else response.writeHead(404).end();
    })
    .on('connection', ({ remotePort }) => note(remotePort))
    .listen(Number(process.env.PORT));
  server.keepAliveTimeout = limitMs(5000);
}

function spin() {
  for (;;);
}
