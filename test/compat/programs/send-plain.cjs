// Sending both ways: results, callbacks, order, and what JSON makes of values; before 'online' as well.
const cluster = require('node:cluster');

const values = [
  'text',
  0,
  false,
  null,
  '',
  [],
  {},
  [1, [2]],
  { a: { b: undefined } },
  NaN,
  'x'.repeat(100_000),
];

if (cluster.isPrimary) {
  const worker = cluster.fork();
  const callbacks = [];
  const results = values.map((value, index) => worker.send(value, (error) => callbacks.push([index, error])));
  console.log(
    'sent at once:',
    results.every((result) => typeof result === 'boolean'),
    worker.state,
  );
  const echoes = [];
  worker.on('message', (message, handle) => {
    if (message && message.done) {
      console.log(
        callbacks.length,
        callbacks.every(([index, error], i) => index === i && error === null),
      );
      console.log(
        echoes.map((echo) => (String(echo).length > 1000 ? echo.length : JSON.stringify(echo))).join(' '),
      );
      console.log('worker:', JSON.stringify(message.results));
      worker.disconnect();
      return;
    }
    if (handle !== undefined) console.log('a handle');
    echoes.push(message);
  });
  for (const value of [undefined, Symbol.iterator, () => {}, 1n]) {
    try {
      worker.send(value);
      console.log(typeof value, 'sent');
    } catch (error) {
      console.log(typeof value, error.name, error.code);
    }
  }
  worker.on('disconnect', () => {
    const result = worker.send('late', (error) => console.log('callback:', error.code));
    console.log('after disconnect:', result, worker.isConnected());
    worker.once('error', (error) => console.log('error event:', error.code));
    worker.send('later');
  });
  worker.on('exit', (code, signal) => console.log('exit', code, signal));
} else {
  const results = [];
  process.on('message', (message) => {
    const sends = [process, cluster.worker];
    const sender = sends[results.length % 2];
    results.push(
      typeof sender.send(message, undefined, undefined, (error) => {
        if (error) results.push(String(error));
        if (results.length === values.length) {
          results.push('all');
          process.send({ done: true, results });
        }
      }),
    );
  });
}
