// send() on both sides: callbacks, results, options, wrong arguments, before 'online' and after 'disconnect'.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  const log = [];
  log.push(['before online', worker.send('early'), worker.isConnected()]);
  for (const wrong of [undefined, () => {}, Symbol('s')]) {
    try {
      worker.send(wrong);
      log.push(['sent', typeof wrong]);
    } catch (error) {
      log.push([typeof wrong, error.name, error.code]);
    }
  }
  for (const wrong of ['text', 5, {}]) {
    try {
      worker.send('m', wrong);
      log.push(['handle sent', typeof wrong]);
    } catch (error) {
      log.push(['handle', typeof wrong, error.name, error.code]);
    }
  }
  try {
    worker.send('m', undefined, 'options');
  } catch (error) {
    log.push(['options', error.name, error.code]);
  }
  worker.on('message', (message) => {
    log.push(message);
    if (message !== 'last') return;
    worker.send('with callback', (...args) => log.push(['callback', args]));
    worker.send({ nested: { date: new Date(0), nothing: undefined, list: [1, , 3] } }, undefined, {}, () => {
      log.push('options callback');
      worker.send('end');
    });
  });
  worker.on('disconnect', () => {
    log.push(['disconnected', worker.isConnected()]);
    worker.on('error', (error) => log.push(['error event', error.code]));
    log.push(['after disconnect', worker.send('late')]);
    log.push([
      'after disconnect, callback',
      worker.send('late', (error) => log.push(['late callback', error.code])),
    ]);
  });
  process.on('exit', () => console.log(log));
} else {
  const heard = [];
  process.on('message', (message) => {
    heard.push(message);
    if (message === 'early') process.send('last');
    if (message !== 'end') return;
    process.send({ heard });
    process.send('by process', (...args) => {
      cluster.worker.send({ args }, () => {
        process.disconnect();
        cluster.worker.on('error', () => {});
        process.on('error', () => {});
        process.exitCode = process.send('late', () => {}) ? 1 : 7;
      });
    });
  });
}
