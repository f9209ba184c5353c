// cluster.settings: defaults, what a call keeps of earlier ones, and process.argv changed before it.
const cluster = require('node:cluster');

const show = (label) => {
  const { exec, execArgv, args, ...rest } = cluster.settings;
  console.log(label, Object.keys(cluster.settings).join());
  console.log('  exec', exec === __filename, exec === process.argv[1], 'args', args, JSON.stringify(rest));
  console.log('  execArgv', Array.isArray(execArgv), Object.prototype.toString.call(args));
};

console.log(JSON.stringify(cluster.settings), Object.keys(cluster.settings).length);
process.argv.push('--added', 'later');
cluster.setupPrimary();
show('defaults');
process.argv.push('too late');
cluster.setupPrimary();
show('again');
cluster.setupPrimary({ args: ['a', 'b'], silent: true });
show('args');
cluster.setupPrimary({ exec: 'other.js', cwd: '/tmp' });
show('exec');
cluster.setupPrimary({ execArgv: ['--no-warnings'], unknown: 1 });
show('unknown');
cluster.setupPrimary({ silent: undefined, args: undefined });
show('undefined');
cluster.setupPrimary(undefined);
show('no argument');
cluster.setupPrimary(null);
show('null');
cluster.setupPrimary({
  uid: 0,
  gid: 0,
  stdio: ['ipc'],
  serialization: 'advanced',
  windowsHide: true,
  inspectPort: 1,
});
show('all');
const kept = ['--mine'];
cluster.setupPrimary({ args: kept });
console.log('kept by identity:', cluster.settings.args === kept);
