// settings.serialization: 'advanced' carries what JSON cannot.
import cluster from 'grappolo';

if (cluster.isPrimary) {
  cluster.setupPrimary({ serialization: 'advanced' });
  const worker = cluster.fork();
  const map = new Map([['one', 1n]]);
  map.set('itself', map);
  worker.send(map);
} else {
  process.once('message', (map) => {
    console.log(
      'a Map:',
      map instanceof Map,
      'one:',
      map.get('one'),
      'holds itself:',
      map.get('itself') === map,
    );
    cluster.worker.disconnect();
  });
}
