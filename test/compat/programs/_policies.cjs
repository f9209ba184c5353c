// Runs a program's primary under each policy. The policy is fixed with the first fork, so each has its own process.
const childProcess = require('node:child_process');
const { once } = require('node:events');

exports.underBoth = async (file, primary) => {
  if (process.argv[2]) {
    await primary(process.argv[2]);
    return;
  }
  for (const policy of ['rr', 'none']) {
    console.log(policy);
    const args = [...process.execArgv, file, policy];
    const env = { ...process.env, NODE_CLUSTER_SCHED_POLICY: policy };
    const child = childProcess.spawn(process.execPath, args, { env, stdio: 'inherit' });
    console.log('end', ...(await once(child, 'exit')));
  }
};
