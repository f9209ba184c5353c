// Settings may change between forks: each worker has those of its fork; fork() in listeners; environment read late.
const cluster = require('node:cluster');
const path = require('node:path');

if (cluster.isPrimary && process.argv[2] === undefined) {
  const lines = [];
  cluster.setupPrimary({ args: ['one'] });
  cluster.fork({ N: 1 });
  cluster.setupPrimary({ args: ['two'] });
  process.env.LATE = 'late';
  cluster.fork({ N: 2 });
  const given = { args: ['three', '--x=y z'] };
  cluster.setupPrimary(given);
  given.args = ['changed'];
  cluster.fork({ N: 3 });
  let exits = 0;
  cluster.on('message', (worker, message) => lines.push(`${worker.id} ${JSON.stringify(message)}`));
  cluster.on('exit', (worker, code) => {
    exits += 1;
    lines.push(`${worker.id} exits ${code}`);
    if (worker.id === 1) cluster.fork({ N: 'again', LATE: '' });
    if (exits === 4) console.log(lines.toSorted().join('\n'));
  });
} else {
  const { N, LATE } = process.env;
  const script = path.basename(process.argv[1]);
  process.send({ args: process.argv.slice(2), script, N, LATE, id: cluster.worker.id }, () =>
    process.disconnect(),
  );
}
