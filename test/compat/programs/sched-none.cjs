// The programs about listening, once more where the workers accept by themselves; but the ones about taken ports, errors
// and modes: node:cluster then hangs on a second listen (22 and newer), remembers failures, and leaves modes alone.
const childProcess = require('node:child_process');
const path = require('node:path');
const { once } = require('node:events');

const PROGRAMS = [
  'listen-close.cjs',
  'listen-event-order.cjs',
  'listen-hosts.cjs',
  'listen-pipe.cjs',
  'listen-pipe-relative.cjs',
  'listen-ref.cjs',
  'listen-twice.cjs',
  'listen-zero.cjs',
];

(async () => {
  const env = { ...process.env, NODE_CLUSTER_SCHED_POLICY: 'none' };
  for (const name of PROGRAMS) {
    console.log(name);
    const args = [...process.execArgv, path.join(__dirname, name)];
    const child = childProcess.spawn(process.execPath, args, { env, stdio: 'inherit' });
    console.log('end', ...(await once(child, 'exit')));
  }
})();
