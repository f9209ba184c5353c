// kill() goes through destroy(), which programs wrap, on both sides.
const cluster = require('node:cluster');

const { destroy } = cluster.Worker.prototype;
cluster.Worker.prototype.destroy = function (...args) {
  console.log(cluster.isPrimary ? 'the primary destroys' : 'the worker destroys', ...args);
  return destroy.apply(this, args);
};

if (cluster.isPrimary) {
  const byPrimary = cluster.fork();
  byPrimary.on('online', () => byPrimary.kill('SIGKILL'));
  byPrimary.on('exit', (code, signal) => {
    console.log('exit', code, signal);
    cluster.fork({ KILLS: 'itself' }).on('exit', (own) => console.log('exit', own));
  });
} else if (process.env.KILLS) cluster.worker.kill();
else setInterval(() => {}, 1000);
