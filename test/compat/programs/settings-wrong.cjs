// Wrong settings: what setupPrimary() and fork() throw, and that nothing of a failed fork remains.
const cluster = require('node:cluster');

function attempt(label, settings, env) {
  for (const key of Object.keys(cluster.settings)) delete cluster.settings[key];
  try {
    cluster.setupPrimary(settings);
  } catch (error) {
    console.log(label, 'setup threw', error.name, error.code);
    return;
  }
  try {
    const worker = cluster.fork(env);
    worker.on('error', () => {});
    worker.process.kill('SIGKILL');
    console.log(label, 'forked', Object.keys(cluster.workers).length);
  } catch (error) {
    console.log(label, 'fork threw', error.name, error.code, Object.keys(cluster.workers).length);
  }
}

attempt('exec number', { exec: 5 });
attempt('exec object', { exec: {} });
attempt('exec NUL', { exec: 'a\0b' });
attempt('args string', { args: 'a b' });
attempt('args number', { args: 5 });
attempt('args NUL', { args: ['a\0b'] });
attempt('cwd number', { cwd: 5 });
attempt('cwd NUL', { cwd: 'a\0' });
attempt('silent string', { silent: 'yes' });
attempt('stdio string', { stdio: 'pipe' });
attempt('stdio odd string', { stdio: 'odd' });
attempt('stdio without ipc', { stdio: ['ignore', 'ignore', 'ignore'] });
attempt('stdio two ipc', { stdio: ['ignore', 'ignore', 'ignore', 'ipc', 'ipc'] });
attempt('stdio odd entry', { stdio: ['odd', 'ignore', 'ignore', 'ipc'] });
attempt('stdio object', { stdio: {} });
attempt('uid string', { uid: 'root' });
attempt('uid float', { uid: 1.5 });
attempt('uid big', { uid: 2 ** 40 });
attempt('gid string', { gid: 'root' });
attempt('gid object', { gid: {} });
attempt('serialization', { serialization: 'xml' });
attempt('serialization number', { serialization: 5 });
attempt('windowsHide', { windowsHide: 'yes' });
attempt('execPath', { execPath: 5 });
attempt('detached', { detached: 'x' });
attempt('killSignal', { killSignal: 'SIGODD' });
attempt('timeout', { timeout: -1 });
attempt('env NUL', {}, { A: 'b\0c' });
attempt('settings string', 'text');
attempt('settings number', 7);
