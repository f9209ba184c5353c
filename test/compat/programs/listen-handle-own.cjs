// A worker that accepts by itself listens with a second server on the handle of the first.
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.fork().on('exit', (code) => console.log('exit', code));
} else {
  const first = net.createServer().listen(0, '127.0.0.1', () => {
    const second = net.createServer((socket) => socket.end('from the second'));
    second.listen(first, () => {
      console.log(second.address().port === first.address().port, second.listening);
      net.connect(first.address().port, '127.0.0.1').on('data', (text) => {
        console.log(String(text));
        cluster.worker.disconnect();
      });
    });
  });
}
