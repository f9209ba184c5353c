// What a worker does is named by its first argument.
const cluster = require('node:cluster');
const { existsSync } = require('node:fs');
const http = require('node:http');

const serve = () => http.createServer((request, response) => response.end(`${process.pid}`)).listen(0);

const DEEDS = {
  serves: serve,
  // It listens elsewhere once it has closed its first server.
  moves: () => {
    const first = serve().once('listening', () => first.close(serve));
  },
  'says ready': () => {
    serve();
    process.send('ready');
  },
  'calls ready': () => {
    serve();
    cluster.worker.ready();
  },
  'serves unless there is a file': () => (existsSync(process.argv[3]) ? process.exit(3) : serve()),
  runs: () => setInterval(() => {}, 1000),
  dies: () => {
    console.error('cannot start');
    process.exit(3);
  },
  throws: () => {
    throw new Error('thrown at start');
  },
  'is done': () => process.exit(),
  'never ends': () => {
    serve();
    setInterval(() => {}, 1000);
  },
  'clings to life': () => {
    serve();
    setInterval(() => {}, 1000);
    process.on('SIGTERM', () => {});
  },
  'tells its place': () => {
    const { GRAPPOLO_SLOT, NODE_APP_INSTANCE, EXTRA } = process.env;
    console.log(
      JSON.stringify([cluster.worker.slot, GRAPPOLO_SLOT, NODE_APP_INSTANCE, EXTRA, process.argv.slice(3)]),
    );
    serve();
  },
  'fills its heap': () => {
    const kept = [];
    for (;;) kept.push(new Array(1000).fill(kept.length));
  },
};

DEEDS[process.argv[2]]();
