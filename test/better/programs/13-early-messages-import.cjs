// The primary speaks the moment that a worker is forked; before its program the worker loads a module by --import, which
// awaits 'nothing' or a 'timer'.
const cluster = require('node:cluster');
const { once } = require('node:events');

const { limitMs } = require('../../support/limits.cjs');

const MODULES = {
  nothing: 'await undefined',
  timer: 'await new Promise((resolve) => setTimeout(resolve, 150))',
};

if (cluster.isPrimary) main(MODULES[process.argv[2]]);
else work();

async function main(source) {
  cluster.setupPrimary({ execArgv: [...process.execArgv, '--import', `data:text/javascript,${source}`] });
  const worker = cluster.fork();
  for (const message of ['first', 'second', 'last']) worker.send(message);
  worker.on('message', (heard) => {
    console.log('heard:', heard.join(', '));
    worker.kill();
  });
  const [code, signal] = await once(worker, 'exit');
  console.log('ended:', code, signal);
}

function work() {
  const heard = [];
  // What never comes can only be seen by waiting.
  const silence = setTimeout(() => process.send([...heard, 'no more']), limitMs(2500));
  process.on('message', (message) => {
    heard.push(message);
    if (message !== 'last') return;
    clearTimeout(silence);
    process.send(heard);
  });
}
