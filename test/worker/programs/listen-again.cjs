// A worker that listens, closes that before it has an answer, and listens once more: node listen-again.cjs WHAT. Prints how often it
// listened, what failed, and whether the port is the one that it should have.
const cluster = require('cluster');
const dgram = require('node:dgram');
const net = require('node:net');

const [what] = process.argv.slice(2);

if (cluster.isPrimary) void main();
else work();

async function main() {
  const [first, second] = [cluster.fork({ ROLE: 'first' }), cluster.fork({ ROLE: 'second' })];
  const port = new Promise((resolve) => void first.once('message', resolve));
  second.once('online', async () => second.send(await port));
  second.on('message', (said) => {
    console.log(said);
    cluster.disconnect();
  });
}

function work() {
  const isFirst = process.env.ROLE === 'first';
  if (isFirst) {
    const server = what === 'dgram' ? dgram.createSocket('udp4') : net.createServer();
    const tell = () => process.send(server.address().port);
    if (what === 'dgram') server.bind(0, tell);
    else server.listen(0, tell);
  } else process.once('message', (port) => void again(port));
}

async function again(port) {
  const wanted = what === 'port 0' || what === 'dgram' ? 0 : port;
  const heard = [];
  const make = () => {
    const made = what === 'dgram' ? dgram.createSocket('udp4') : net.createServer();
    return made.on('listening', () => heard.push('listening')).on('error', ({ code }) => heard.push(code));
  };
  const open = (server) => (what === 'dgram' ? server.bind(wanted) : server.listen(wanted));
  const before = make();
  open(before);
  before.close();
  const server = what === 'another' || what === 'dgram' ? make() : before;
  open(server);
  await new Promise((resolve) => {
    const look = setInterval(() => {
      if (heard.length === 0) return;
      clearInterval(look);
      resolve();
    }, 1);
  });
  const isSame = heard[0] === 'listening' && server.address().port === port;
  process.send(`${heard.join()} ${isSame ? 'the same port' : 'another port'}`);
}
