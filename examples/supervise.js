// supervise(): slots that are kept filled with ready workers, a reload, and another number of workers.
import http from 'node:http';

import cluster, { supervise } from 'grappolo';

if (cluster.isPrimary) {
  const supervisor = await supervise({ workers: 2, onEvent: print });
  const { ready, slots, addresses } = supervisor.status();
  console.log(`${ready} of ${slots} workers are ready`);
  const [{ port }] = addresses;

  await supervisor.reload();
  await supervisor.scale(1);
  const response = await fetch(`http://127.0.0.1:${port}`);
  console.log(await response.text());
  await supervisor.close();
} else {
  const { slot } = cluster.worker;
  http.createServer((request, response) => response.end(`hello from slot ${slot}`)).listen(0);
}

function print(event) {
  switch (event.type) {
    case 'reload-done':
      console.log(`all workers are of generation ${event.generation}`);
      break;
    case 'worker-ended':
      console.log(`slot ${event.worker.slot}: ${event.reason.kind}, ${event.reason.cause}`);
      break;
    case 'scale-done':
      console.log(`slots: ${event.slots}`);
      break;
    default:
  }
}
