// Workers whose script fails to load: a syntax error, a missing module, an ES module that throws or never settles.
const cluster = require('node:cluster');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'scripts-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true }));
const scripts = {
  'syntax.cjs': 'const = 1;',
  'syntax.mjs': 'const = 1;',
  'missing.cjs': "require('./no-such-module.cjs');",
  'missing.mjs': "import './no-such-module.mjs';",
  'throws.mjs': "await null; throw new Error('thrown');",
  'json.json': '{"a":1}',
  'exits.mjs': 'await null; process.exit(60);',
};
const names = Object.keys(scripts);
next(0);

function next(index) {
  if (index === names.length) return;
  const name = names[index];
  fs.writeFileSync(path.join(folder, name), scripts[name]);
  cluster.setupPrimary({ exec: path.join(folder, name), silent: true });
  const worker = cluster.fork();
  worker.process.stderr.resume();
  const seen = [];
  worker.on('online', () => seen.push('online'));
  worker.on('exit', (code, signal) => {
    console.log(name, seen.join(), code, signal, worker.exitedAfterDisconnect, worker.state);
    next(index + 1);
  });
  // JSON is a module that does nothing: such a worker stays.
  if (name === 'json.json') worker.on('online', () => worker.disconnect());
}
