// For --require: as if SIGINT came while the process of the operations address starts, which that signal (OPS_SIGNAL) ends as well, or which hangs.
const childProcess = require('node:child_process');

const { fork } = childProcess;
childProcess.fork = (...args) => {
  const child = fork(...args);
  process.kill(process.pid, 'SIGINT');
  child.kill(process.env.OPS_SIGNAL);
  // So that it ends as its primary does.
  process.on('exit', () => child.kill('SIGCONT'));
  return child;
};
require('node:module').syncBuiltinESMExports();
