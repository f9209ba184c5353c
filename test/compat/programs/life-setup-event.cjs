// 'setup': how often it is emitted, when, and with which settings.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  console.log('before:', JSON.stringify(cluster.settings));
  const before = cluster.settings;
  const seen = [];
  cluster.on('setup', (settings) => {
    seen.push(JSON.stringify([settings.args, settings.silent]));
    console.log('setup', seen.length, settings === cluster.settings, cluster.settings.args);
  });
  console.log('returns', cluster.setupPrimary({ args: ['one'] }));
  cluster.setupPrimary({ args: ['two'], silent: true });
  cluster.setupMaster({ silent: false });
  cluster.setupPrimary();
  console.log('in the same tick:', seen.length);
  process.nextTick(() => {
    console.log('next tick:', seen.length);
    setImmediate(() => {
      console.log(seen.join(' '));
      console.log('same object as before:', before === cluster.settings);
      const worker = cluster.fork();
      console.log('after fork, same tick:', seen.length);
      worker.on('online', () => console.log('online:', seen.length));
      worker.on('exit', () => console.log('exit:', seen.length, seen.at(-1)));
    });
  });
} else {
  process.disconnect();
}
