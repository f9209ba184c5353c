// policies: rr, none
// HTTP as programs use it: keep-alive stays with its worker, upgrades, maxRequestsPerSocket, closing with keep-alive open.
const cluster = require('node:cluster');
const http = require('node:http');
const { once } = require('node:events');

if (cluster.isPrimary) primary();
else worker();

async function primary() {
  const workers = [cluster.fork(), cluster.fork()];
  let port;
  for (let i = 0; i < 2; i += 1) ({ port } = (await once(cluster, 'listening'))[1]);

  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const same = [];
  for (let i = 0; i < 3; i += 1) same.push((await get(port, agent)).text);
  console.log('keep-alive', new Set(same).size);

  const limited = await get(port, agent);
  console.log('the last of its socket', limited.response.headers.connection, limited.text === same[0]);
  agent.destroy();

  const upgrade = http.request({
    port,
    host: '127.0.0.1',
    headers: { connection: 'upgrade', upgrade: 'echo' },
  });
  upgrade.end();
  const [response, socket] = await once(upgrade, 'upgrade');
  socket.setEncoding('utf8').write('hello');
  console.log(response.statusCode, response.headers.upgrade, (await once(socket, 'data'))[0]);
  socket.end();
  await once(socket.resume(), 'close');

  const post = http.request({ port, host: '127.0.0.1', method: 'POST', path: '/large', agent: false });
  post.end('x'.repeat(1_000_000));
  const [answer] = await once(post, 'response');
  console.log('length', (await read(answer)).length);

  const idle = new http.Agent({ keepAlive: true });
  await get(port, idle);
  const ended = Promise.all(workers.map((child) => once(child, 'exit')));
  for (const child of workers) child.disconnect();
  console.log('idle connections do not hold them', (await ended).join(';'));
  idle.destroy();
}

async function get(port, agent) {
  const [response] = await once(http.get({ port, host: '127.0.0.1', agent }), 'response');
  const text = await read(response);
  return { response, text };
}

async function read(stream) {
  let text = '';
  for await (const part of stream.setEncoding('utf8')) text += part;
  return text;
}

function worker() {
  const server = http.createServer(async (request, response) => {
    if (request.url === '/large') response.end(await read(request));
    else response.end(String(cluster.worker.id));
  });
  server.maxRequestsPerSocket = 4;
  server.on('upgrade', (request, socket) => {
    socket.write('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
}
