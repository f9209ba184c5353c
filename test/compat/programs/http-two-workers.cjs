// counts turns
// Two workers share the port of an HTTP server and answer in turn.
const cluster = require('node:cluster');
const http = require('node:http');

if (cluster.isPrimary) {
  const listening = [];
  cluster.on('listening', (worker, address) => {
    listening.push(address.port);
    if (listening.length < 2) return;
    console.log('same port:', listening[0] === listening[1]);
    ask(address.port, []);
  });
  cluster.fork();
  cluster.fork();
} else {
  http.createServer((request, response) => response.end(String(cluster.worker.id))).listen(0);
}

function ask(port, answers) {
  if (answers.length === 6) {
    const ones = answers.filter((answer) => answer === '1').length;
    console.log('answers:', answers.length, 'by the first:', ones);
    cluster.disconnect();
    return;
  }
  http.get({ port, agent: false }, (response) => {
    response.setEncoding('utf8').on('data', (text) => answers.push(text));
    response.on('end', () => ask(port, answers));
  });
}
