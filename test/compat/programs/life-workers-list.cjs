// cluster.workers: when a worker is in it, that its order is that of ids, and loops that fork or send to all.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const { workers } = cluster;
  for (let i = 0; i < 3; i += 1) cluster.fork();
  console.log(
    Object.keys(workers).join(),
    workers === cluster.workers,
    Object.values(workers).every((w, i) => w.id === i + 1),
  );
  let echoes = 0;
  cluster.on('message', (worker, { echo, id }) => {
    if (echo !== 'announcement' || id !== worker.id) console.log('wrong echo', echo, id);
    echoes += 1;
    if (echoes < 3) return;
    console.log('echoes', echoes);
    for (const id of Object.keys(cluster.workers)) cluster.workers[id].send('leave');
  });
  let online = 0;
  cluster.on('online', () => {
    online += 1;
    if (online === 3) for (const worker of Object.values(cluster.workers)) worker.send('announcement');
  });
  const ends = {};
  const ended = (event) => (worker) => {
    ends[worker.id] = [...(ends[worker.id] ?? []), event];
    // The last of the two finds it gone, whichever that is.
    if (ends[worker.id].length === 2)
      console.log('ended', worker.id in cluster.workers, ends[worker.id].toSorted().join());
  };
  cluster.on('disconnect', ended('disconnect'));
  cluster.on('exit', ended('exit'));
  process.on('exit', () => console.log(Object.keys(cluster.workers).length, Object.keys(ends).join()));
} else {
  process.on('message', (message) => {
    if (message === 'leave') cluster.worker.disconnect();
    else process.send({ echo: message, id: cluster.worker.id });
  });
}
