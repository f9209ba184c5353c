// What the primaries of the other programs do: three workers, a line when all of them listen, which tells whose workers they are, an end on SIGTERM.
const cluster = require('node:cluster');

const WORKERS = 3;

exports.startWorkers = () => {
  let listening = 0;
  for (let i = 0; i < WORKERS; i += 1) cluster.fork();
  cluster.on('listening', (worker, { port }) => {
    listening += 1;
    if (listening === WORKERS) console.log(`${'slot' in worker ? 'Grappolo' : 'node:cluster'} port ${port}`);
  });
  process.on('SIGTERM', () => cluster.disconnect());
};
