// A server that does on request what servers in production do by mistake. What it does at its start, the file named by
// VERSION_FILE says: it serves, never listens, or dies. In the folder named by DIARY_FOLDER it keeps a file, named for its
// process, of the connections that it takes, by the client's port, and of what it is asked to do by mistake.
import { openSync, readFileSync, writeSync } from 'node:fs';
import http from 'node:http';

const kept = [];

const DEEDS = {
  '/': (response) => response.end(`${process.pid}\n`),
  '/slow': (response, query) => setTimeout(() => response.end('slow\n'), Number(query.get('ms'))),
  '/busy': (response, query) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(query.get('ms')));
    response.end('busy\n');
  },
  '/spin': () => spin(),
  '/block': () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  '/crash': () => {
    throw new Error('crashed on request');
  },
  '/grow': (response, query) => {
    kept.push(Buffer.alloc(Number(query.get('mb')) * 2 ** 20, 1));
    response.end(`${process.pid}\n`);
  },
};

const HARMLESS = ['/', '/slow', '/busy'];

const diary = process.env.DIARY_FOLDER && openSync(`${process.env.DIARY_FOLDER}/${process.pid}`, 'a');
const note = (what) => diary && writeSync(diary, `${what} ${Date.now()}\n`);

const version = process.env.VERSION_FILE ? readFileSync(process.env.VERSION_FILE, 'utf8').trim() : 'serves';
if (version === 'dies') throw new Error('this version cannot start');
if (version === 'never listens') setInterval(() => {}, 1000);
if (version === 'serves') {
  http
    .createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url, 'http://localhost');
      const deed = DEEDS[pathname];
      if (!HARMLESS.includes(pathname)) note(pathname);
      if (deed) deed(response, searchParams);
      else response.writeHead(404).end();
    })
    .on('connection', ({ remotePort }) => note(remotePort))
    .listen(Number(process.env.PORT));
}

function spin() {
  for (;;);
}
