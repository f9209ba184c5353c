// After cluster.disconnect() the cluster can start again on the same port; keep-alive connections do not delay it.
const cluster = require('node:cluster');
const http = require('node:http');

const { freePorts } = require('../../support/free-ports.cjs');

if (cluster.isPrimary) {
  const agent = new http.Agent({ keepAlive: true });
  const rounds = [];
  let port;
  const round = () => {
    const worker = cluster.fork({ PORT: port });
    worker.on('listening', async (address) => {
      const answer = await ask(address.port, agent);
      rounds.push(`${answer} ${address.port === port}`);
      let ends = 0;
      const ended = () => {
        ends += 1;
        if (ends < 2) return;
        if (rounds.length < 3) round();
        else console.log(rounds.join(', '), Object.keys(cluster.workers).length);
      };
      worker.on('exit', ended);
      cluster.disconnect(ended);
    });
    worker.on('exit', (code, signal) => console.log('exit', code, signal, worker.exitedAfterDisconnect));
  };
  void freePorts(1).then((free) => {
    port = free;
    round();
  });
} else {
  const server = http.createServer((request, response) => response.end(`worker ${cluster.worker.id}`));
  server.listen(Number(process.env.PORT), '127.0.0.1');
}

function ask(port, agent) {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data) => (text += data));
      response.on('end', () => resolve(text));
    });
    request.on('error', reject);
  });
}
