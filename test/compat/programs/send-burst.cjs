// Two thousand messages each way keep their order, whatever send() returned for them; so do large ones.
const cluster = require('node:cluster');

const COUNT = 2000;
const inOrder = (numbers) => numbers.every((number, index) => number === index);

if (cluster.isPrimary) {
  const worker = cluster.fork();
  let called = 0;
  const echoes = [];
  const pad = (i) => (i % 500 === 0 ? 'x'.repeat(300_000) : '');
  for (let i = 0; i < COUNT; i += 1) worker.send({ i, pad: pad(i) }, () => (called += 1));
  worker.on('message', ({ i, length }) => {
    echoes.push(i);
    if (length !== pad(i).length) console.log('another length', i, length);
    if (echoes.length < COUNT) return;
    console.log(called, inOrder(echoes));
    worker.disconnect();
  });
  worker.on('exit', (code, signal) => console.log('exit', code, signal));
} else {
  process.on('message', ({ i, pad }) => process.send({ i, length: pad.length }));
}
