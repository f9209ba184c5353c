// Wrong values in the settings: what fork() throws for each, and that the cluster works on afterwards.
const cluster = require('node:cluster');
const path = require('node:path');

const attempt = (label, settings, env) => {
  try {
    cluster.setupPrimary(settings);
    cluster.fork(env);
    console.log(label, 'forked');
  } catch (error) {
    console.log(label, error.name, settings.execArgv.length === 0 ? error.code : '');
  }
};
const good = {
  exec: path.join(__dirname, '_child.cjs'),
  args: [],
  execArgv: [],
  cwd: undefined,
  stdio: undefined,
  serialization: undefined,
  uid: undefined,
  gid: undefined,
  windowsHide: undefined,
};
const wrong = {
  execArgv: ['--no-warnings', 5, { length: 1 }, true],
  args: ['text', 5],
  exec: [5, {}, [], Symbol.iterator, 'with\0nul', null],
  cwd: [5, {}, ['/tmp'], true, 'with\0nul'],
  stdio: [['pipe', 'pipe'], ['ipc', 'ipc'], 'nonsense', ['pipe', 'nonsense', 'ipc']],
  serialization: ['bad', 5, {}],
  uid: ['root', 1.5, {}, 2 ** 32],
  gid: ['root', 1.5, []],
  windowsHide: ['yes', 1],
};
for (const [name, values] of Object.entries(wrong)) {
  for (const value of values) {
    const text = typeof value === 'symbol' ? 'symbol' : JSON.stringify(value);
    attempt(`${name} ${text}:`, { ...good, [name]: value });
  }
}
attempt('env with nul:', good, { KEY: 'with\0nul' });
console.log('workers:', Object.keys(cluster.workers).length);

cluster.setupPrimary(good);
const worker = cluster.fork();
worker.on('message', ({ args }) => console.log('a good one:', args));
worker.on('exit', (code) => console.log('exit', code));
