// A worker whose script is not there, or cannot be parsed: its events, its code, its state.
const cluster = require('node:cluster');
const { once } = require('node:events');

if (cluster.isPrimary) void main();

async function main() {
  for (const settings of [
    { exec: '/nowhere/at-all.js' },
    { exec: __filename, execArgv: [...process.execArgv, '--no-such-flag'] },
    { exec: '/', execArgv: process.execArgv },
  ]) {
    cluster.setupPrimary({ silent: true, ...settings });
    const events = [];
    const worker = cluster.fork();
    for (const event of ['listening', 'error', 'message', 'disconnect', 'exit']) {
      worker.on(event, (...args) => events.push(`${event} ${args}`));
    }
    let text = '';
    worker.process.stderr.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    await Promise.all([once(worker, 'disconnect'), once(worker, 'exit'), once(worker.process.stderr, 'end')]);
    console.log(events.toSorted(), worker.exitedAfterDisconnect, worker.state, worker.isDead());
    console.log(/Cannot find module '[^']*'|bad option: \S+/.exec(text)?.[0]);
  }
}
