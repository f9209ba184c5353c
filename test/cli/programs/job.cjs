// Comes to its end in one of the ways that programs do, and says what it sees of that.
const fs = require('node:fs');

const [, , way, code] = process.argv;
const say = (line) => fs.writeSync(1, `${line}\n`);
process.on('beforeExit', (exitCode) => say(`beforeExit ${exitCode}`));
process.on('exit', (exitCode) => say(`exit ${exitCode}`));
for (const event of ['warning', 'uncaughtException', 'unhandledRejection'])
  process.on(event, (error) => say(`${event} ${error}`));

const ways = {
  'at-once': () => {},
  /** By then all that a worker sets up beside its program is there. */
  later: () => setTimeout(() => {}, 1500),
  /** A server of its own that it closes. */
  'closes-server': () => {
    const server = require('node:http').createServer();
    server.listen(0, () => setTimeout(() => server.close(), 300));
  },
  'hears-messages': () => stay(process),
  'hears-of-worker': () => stay(require('node:cluster').worker),
  'hears-no-more': () => {
    const { worker } = require('node:cluster');
    worker.on('message', () => {});
    setTimeout(() => worker.removeAllListeners(), 300);
  },
};
/** Listens to messages, and says so when nothing else would keep it running any more. */
function stay(emitter) {
  emitter.on('message', () => {});
  setTimeout(() => setTimeout(() => say('still here'), 200).unref(), 10);
}
ways[way]();
say(`running ${way}`);
if (code) process.exitCode = Number(code);
