// 2000 messages each way, in order, some with callbacks; and the last ones before an exit are not lost.
const cluster = require('node:cluster');

const COUNT = 2000;
const inOrder = (list) => list.every((value, index) => value === index);

if (cluster.isPrimary) {
  const worker = cluster.fork();
  const heard = [];
  let called = 0;
  for (let i = 0; i < COUNT; i += 1) worker.send(i, () => (called += 1));
  worker.on('message', (message) => {
    if (typeof message === 'number') heard.push(message);
    else console.log(message);
  });
  worker.on('exit', (code) => {
    console.log('exit', code, heard.length, inOrder(heard), called);
  });
} else {
  const heard = [];
  process.on('message', (message) => {
    heard.push(message);
    if (heard.length < COUNT) return;
    for (let i = 0; i < COUNT; i += 1) process.send(i);
    process.send({ heard: heard.length, order: inOrder(heard) }, () => process.exit(2));
  });
}
