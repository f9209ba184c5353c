// Many connections at once are all served, each worker its part, with either policy, by slow workers too.
const cluster = require('node:cluster');
const http = require('node:http');
const { once } = require('node:events');
const { underBoth } = require('./_policies.cjs');

const REQUESTS = 200;

if (cluster.isPrimary) underBoth(__filename, primary);
else worker();

async function primary(policy) {
  const workers = [cluster.fork(), cluster.fork(), cluster.fork({ SLOW: '1' })];
  let port;
  for (let i = 0; i < 3; i += 1) ({ port } = (await once(cluster, 'listening'))[1]);
  const answers = await Promise.all(Array.from({ length: REQUESTS }, () => ask(port)));
  const ids = new Set(answers);
  console.log('policy', cluster.schedulingPolicy, 'answers', answers.length);
  console.log('all take part', policy === 'none' || ids.size === 3);
  for (const child of workers) child.disconnect();
}

async function ask(port) {
  const [response] = await once(http.get({ port, host: '127.0.0.1', agent: false }), 'response');
  return (await once(response.setEncoding('utf8'), 'data'))[0];
}

function worker() {
  const server = http.createServer((request, response) => {
    const answer = () => response.end(String(cluster.worker.id));
    if (process.env.SLOW) setTimeout(answer, 5);
    else answer();
  });
  server.listen(0, '127.0.0.1');
}
