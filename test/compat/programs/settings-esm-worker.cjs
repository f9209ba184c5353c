// exec may be an ES module, and messages sent to it before it listens are not needed for it to answer.
const cluster = require('node:cluster');
const path = require('node:path');

cluster.setupPrimary({ exec: path.join(__dirname, '_child-module.mjs'), args: ['x'] });
const worker = cluster.fork({ FROM: 'fork' });
worker.on('message', (message) => {
  console.log(JSON.stringify(message, null, 1));
  worker.disconnect();
});
worker.on('exit', (code, signal) => console.log('exit', code, signal));
