// Workers listen on descriptors that the primary has open: a TCP port and a UNIX path.
const cluster = require('node:cluster');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

if (cluster.isPrimary) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'listen-fd-'));
  const socketPath = path.join(folder, 'socket');
  const tcp = net._createServerHandle('127.0.0.1', 0, 4);
  const pipe = net._createServerHandle(socketPath, -1, -1);
  const name = {};
  tcp.getsockname(name);
  const targets = [{ port: name.port, host: '127.0.0.1' }, { path: socketPath }];
  const fds = [tcp.fd, pipe.fd];
  let next = 0;
  const listenNext = () => {
    if (next === targets.length) {
      cluster.disconnect(() => fs.rmSync(folder, { recursive: true }));
      return;
    }
    const target = targets[next];
    const worker = cluster.fork({ FD: fds[next] });
    next += 1;
    worker.on('listening', (address) => {
      console.log('listening', address.address, address.fd === fds[next - 1]);
      if (target.port !== undefined) console.log('port:', address.port === target.port);
      // node:cluster says null.
      if (process.env.SHOW_TYPE) console.log('type:', address.addressType);
      net.connect(target).on('data', (data) => {
        console.log(String(data));
        worker.disconnect();
        worker.on('exit', listenNext);
      });
    });
  };
  listenNext();
} else {
  net
    .createServer((socket) => socket.end(`served by ${cluster.worker.id}`))
    .on('error', (error) => console.log(error.code))
    .listen({ fd: Number(process.env.FD) });
}
