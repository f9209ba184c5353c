// Values of NODE_OPTIONS that are no text, one that comes from a file, and arguments that are added between two forks.
const cluster = require('node:cluster');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

if (cluster.isPrimary) void main();
else {
  process.send([
    process.env.NODE_OPTIONS ?? 'none',
    process.title === 'titled',
    process.execArgv.includes('--no-warnings'),
  ]);
  process.disconnect();
}

async function main() {
  for (const NODE_OPTIONS of [undefined, ['--no-warnings'], '', '--title=titled']) {
    await tell(cluster.fork({ NODE_OPTIONS }));
  }
  process.execArgv.push('--no-warnings');
  await tell(cluster.fork());
  const file = path.join(os.tmpdir(), `grappolo-test-${process.pid}.env`);
  fs.writeFileSync(file, 'NODE_OPTIONS="--title=titled"\n');
  cluster.setupPrimary({ execArgv: [`--env-file=${file}`] });
  await tell(cluster.fork());
  fs.unlinkSync(file);
}

function tell(worker) {
  return new Promise((resolve) => {
    worker.on('message', (seen) => console.log(...seen));
    worker.on('exit', (code) => resolve(console.log('exit', code)));
  });
}
