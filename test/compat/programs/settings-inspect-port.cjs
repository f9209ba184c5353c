// inspectPort: wrong values throw, a number and a function are taken; --inspect-port alone opens no inspector.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const execArgv = ['--inspect-port=0'];
  const wrong = [-1, 65536, 1.5, NaN, Infinity, 'text', '', ' ', {}, [], true, Symbol.iterator, 2n];
  for (const value of wrong) {
    for (const inspectPort of [value, () => value]) {
      const label = `${typeof inspectPort} ${String(value)} ${typeof value}:`;
      try {
        cluster.setupPrimary({ execArgv, inspectPort });
        cluster.fork();
        console.log(label, 'forked');
      } catch (error) {
        console.log(label, error.name, error.code);
      }
    }
  }
  const calls = [];
  const taken = [0, 24601, '24602', () => 24603, (...args) => calls.push(args.length) && 24604];
  forkNext(taken, calls);
} else {
  process.send({ debugPort: process.debugPort, execArgv: process.execArgv }, () => process.disconnect());
}

function forkNext([inspectPort, ...rest], calls) {
  cluster.setupPrimary({ execArgv: ['--inspect-port=24600'], inspectPort });
  const worker = cluster.fork();
  worker.on('message', ({ debugPort, execArgv }) => {
    console.log(typeof inspectPort, debugPort, execArgv.length);
  });
  worker.on('exit', (code) => {
    console.log('exit', code);
    if (rest.length > 0) forkNext(rest, calls);
    else console.log('called with', calls.join(), 'arguments');
  });
}
