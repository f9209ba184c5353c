// cluster.settings and 'setup': before the first call, after each call, and what 'setup' carries.
const cluster = require('node:cluster');
const path = require('node:path');

const shown = (settings) =>
  JSON.stringify(settings, (key, value) =>
    key === 'exec' && typeof value === 'string'
      ? path.basename(value)
      : value === null || key !== 'execArgv' || value.includes('--no-warnings')
        ? value
        : `that of the process: ${value.join() === process.execArgv.join()}`,
  );

console.log('before:', shown(cluster.settings));
let calls = 0;
cluster.on('setup', function (...args) {
  calls += 1;
  console.log('setup', calls, args.length, this === cluster, shown(args[0]));
});
process.argv.push('from-argv');
console.log('result:', cluster.setupPrimary());
console.log('sync calls:', calls);
console.log('after default:', shown(cluster.settings), Object.keys(cluster.settings).join());
cluster.setupPrimary({ args: ['--a', 'b'], silent: true });
console.log('after args:', shown(cluster.settings));
cluster.setupPrimary({ exec: 'x.js' });
console.log('after exec:', shown(cluster.settings));
cluster.setupMaster({ execArgv: ['--no-warnings'], cwd: '/', own: 1 });
console.log('after more:', shown(cluster.settings));
cluster.setupPrimary({ silent: undefined, args: null });
console.log('after undefined:', shown(cluster.settings));
cluster.setupPrimary(null);
console.log('after null:', shown(cluster.settings));
console.log('same function:', cluster.setupMaster === cluster.setupPrimary);
setImmediate(() => {
  console.log('calls:', calls, shown(cluster.settings));
  process.argv.push('too late');
  cluster.setupPrimary();
  console.log('argv later:', shown(cluster.settings.args));
});
