// cases: rr, none, RR, bad, empty, unset, none before, none after, rr before none
// schedulingPolicy: its default, the environment, what assigning to it does before and after the first fork.
const childProcess = require('node:child_process');
const cluster = require('node:cluster');
const net = require('node:net');

/** What the environment says, then what is assigned and when. */
const CASES = {
  rr: ['rr', 'never', 'x'],
  none: ['none', 'never', 'x'],
  RR: ['RR', 'never', 'x'],
  bad: ['bad', 'never', 'x'],
  empty: ['', 'never', 'x'],
  unset: [undefined, 'never', 'x'],
  'none before': [undefined, 'before', 'none'],
  'none after': [undefined, 'after', 'none'],
  'rr before none': ['none', 'before', 'rr'],
};

if (cluster.isWorker) {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    // Accepting by oneself takes a real handle; what the primary accepts for does not.
    process.send({ fd: server._handle.fd > 0, policy: cluster.schedulingPolicy });
  });
} else if (process.argv[3]) {
  const [, , when, value] = process.argv;
  const policy = { rr: cluster.SCHED_RR, none: cluster.SCHED_NONE }[value];
  if (when === 'before') cluster.schedulingPolicy = policy;
  if (when === 'after') {
    cluster.setupPrimary();
    cluster.schedulingPolicy = policy;
  }
  const worker = cluster.fork();
  worker.on('message', ({ fd }) => {
    console.log(when, value, cluster.schedulingPolicy, 'listens by itself:', fd);
    worker.disconnect();
  });
} else {
  console.log(cluster.SCHED_NONE, cluster.SCHED_RR, cluster.schedulingPolicy);
  const name = process.argv[2];
  console.log(name, JSON.stringify(run(...CASES[name])));
}

function run(policy, ...args) {
  const env = { ...process.env, NODE_CLUSTER_SCHED_POLICY: policy };
  if (policy === undefined) delete env.NODE_CLUSTER_SCHED_POLICY;
  const all = [...process.execArgv, __filename, ...args];
  const { stdout, status, stderr } = childProcess.spawnSync(process.execPath, all, { encoding: 'utf8', env });
  const thrown = /(assert|invalid|ERR_\w+|must be)/i.exec(stderr) !== null;
  return stdout.trim() || (thrown ? 'refused' : `nothing, ${status}`);
}
