// A reload without a gap: each worker is replaced by one that listens before the old one is disconnected.
const cluster = require('node:cluster');
const http = require('node:http');

const { freePorts } = require('../../support/free-ports.cjs');

if (cluster.isPrimary) main();
else {
  const server = http.createServer((request, response) =>
    response.end(`generation ${process.env.GENERATION}`),
  );
  server.listen(Number(process.env.PORT), '127.0.0.1');
}

async function main() {
  const exits = [];
  cluster.on('exit', (worker, code, signal) =>
    exits.push(`${code} ${signal} ${worker.exitedAfterDisconnect}`),
  );
  const start = (generation, port) => {
    const worker = cluster.fork({ GENERATION: generation, PORT: port });
    return new Promise((resolve) => worker.once('listening', (address) => resolve(address.port)));
  };
  const port = await freePorts(1);
  console.log('one port:', (await start(1, port)) === (await start(1, port)));
  console.log(await askFourTimes(port));
  for (const old of Object.values(cluster.workers)) {
    await start(2, port);
    old.disconnect();
    await new Promise((resolve) => old.once('exit', resolve));
    console.log(await askFourTimes(port));
  }
  console.log('exits:', exits.join(', '));
  console.log(Object.keys(cluster.workers).join());
  cluster.disconnect();
}

async function askFourTimes(port) {
  const answers = [];
  for (let i = 0; i < 4; i += 1) answers.push(await ask(port));
  return answers.toSorted().join(', ');
}

function ask(port) {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data) => (text += data));
      response.on('end', () => resolve(text));
    });
    request.on('error', (error) => reject(error));
  });
}
