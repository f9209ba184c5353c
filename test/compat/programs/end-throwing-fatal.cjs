// cases: cluster fork, cluster online, worker online, worker message, worker exit, cluster exit
// An exception in a listener that nobody catches ends the primary with 1, and its workers with it.
const cluster = require('node:cluster');

if (cluster.isWorker) {
  setInterval(() => {}, 1000);
  process.send('hello');
} else {
  const [who, event] = process.argv[2].split(' ');
  const worker = cluster.fork();
  const target = who === 'cluster' ? cluster : worker;
  target.on(event, () => {
    console.log('about to throw in', event, worker.state);
    throw new Error('on purpose');
  });
  worker.on('message', () => event !== 'message' && worker.process.kill());
  process.on('exit', (code) => console.log('exit', code));
}
