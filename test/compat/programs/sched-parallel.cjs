// policies: rr, none
// Many connections at once are all served, each worker its part, also by slow workers.
const cluster = require('node:cluster');
const http = require('node:http');
const { once } = require('node:events');

const REQUESTS = 200;

if (cluster.isPrimary) primary();
else worker();

async function primary() {
  const workers = [cluster.fork(), cluster.fork(), cluster.fork({ SLOW: '1' })];
  let port;
  for (let i = 0; i < 3; i += 1) ({ port } = (await once(cluster, 'listening'))[1]);
  const ids = new Set();
  const askAll = async () => {
    const answers = await Promise.all(Array.from({ length: REQUESTS }, () => ask(port)));
    for (const id of answers) ids.add(id);
    return answers.length;
  };
  console.log('policy', cluster.schedulingPolicy, 'answers', await askAll());
  // A worker that the machine holds up takes part later.
  while (cluster.schedulingPolicy === cluster.SCHED_RR && ids.size < 3) await askAll();
  console.log('all take part');
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
