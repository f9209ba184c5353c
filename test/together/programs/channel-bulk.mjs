// Two workers serve; asked for /bulk, two others send 10 MB to and fro, with pauses, until they are asked for /calm.
import cluster from 'grappolo';
import { channel } from 'grappolo/together';
import http from 'node:http';

const bulk = channel('bulk');
const orders = channel('orders');

const id = cluster.worker?.id;

if (cluster.isPrimary) {
  let left = 2;
  let rounds = 0;
  orders.onmessage = ({ data }) => void (data === 'round' && (rounds += 1));
  setInterval(() => console.log('rounds', rounds), 1000).unref();
  cluster.on('listening', (worker, { port }) => (left -= 1) || console.log('listening on', port));
  for (let i = 0; i < 4; i += 1) cluster.fork();
} else {
  let isCalm = true;
  const order = (data) => {
    const wasCalm = isCalm;
    isCalm = data === '/calm';
    if (id === 1 && wasCalm && !isCalm) bulk.postMessage(new Uint8Array(10_000_000));
  };
  orders.onmessage = ({ data }) => void (data !== 'round' && order(data));
  if (id <= 2)
    bulk.onmessage = ({ data }) => {
      orders.postMessage('round');
      setTimeout(() => void (isCalm || bulk.postMessage(data)), 50);
    };
  await orders.ready();
  if (id > 2) serve();
}

function serve() {
  http
    .createServer((request, response) => {
      if (request.url !== '/') orders.postMessage(request.url);
      response.setHeader('connection', 'close').end('hello');
    })
    .listen(0);
}
