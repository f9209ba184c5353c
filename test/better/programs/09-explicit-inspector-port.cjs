// Workers whose own arguments name the inspector's port: any free one ('zero') or a certain one ('certain').
const cluster = require('node:cluster');
const { once } = require('node:events');
const inspector = require('node:inspector');

const { freePorts } = require('../../support/free-ports.cjs');

if (cluster.isPrimary) main(process.argv[2]);
else process.send(Number(new URL(inspector.url() ?? 'ws://none:0').port));

async function main(choice) {
  // Where the workers would go if they had no choice.
  process.debugPort = (await freePorts(5)) - 1;
  const port = choice === 'zero' ? 0 : await freePorts(1);
  const shapes =
    choice === 'zero'
      ? [
          ['--inspect=0'],
          ['--inspect=127.0.0.1:0'],
          ['--inspect', '--inspect-port=0'],
          ['--inspect', '--debug-port=0'],
        ]
      : [
          ['--inspect', `--inspect-port=${port}`],
          ['--inspect', `--inspect-port=127.0.0.1:${port}`],
          ['--inspect', `--debug-port=${port}`],
          [`--inspect=${port}`],
        ];
  for (const execArgv of shapes) {
    cluster.setupPrimary({ execArgv, silent: true });
    const worker = cluster.fork();
    const [got] = await once(worker, 'message');
    const isCounted = got > process.debugPort && got <= process.debugPort + shapes.length;
    const isChosen = choice === 'zero' ? got !== 0 && !isCounted : got === port;
    const flags = execArgv.join(' ').replaceAll(port, choice === 'zero' ? '0' : 'PORT');
    console.log(`${flags}:`, isChosen ? 'as chosen' : 'another port');
    const ended = once(worker, 'exit');
    worker.process.kill('SIGKILL');
    await ended;
  }
}
