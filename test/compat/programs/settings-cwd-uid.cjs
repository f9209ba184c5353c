// cwd, uid and gid reach the worker; a change of settings is for later workers only.
const cluster = require('node:cluster');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

if (cluster.isPrimary) {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'cwd-'));
  process.on('exit', () => fs.rmdirSync(folder));
  cluster.setupPrimary({ cwd: folder, args: ['first'] });
  const first = cluster.fork();
  cluster.setupPrimary({ cwd: undefined, args: ['second'], uid: process.getuid(), gid: process.getgid() });
  const second = cluster.fork();
  console.log(cluster.settings.args, Object.keys(cluster.settings).join());
  const told = {};
  for (const worker of [first, second]) {
    worker.on('message', (message) => {
      const { args, cwd, uid, gid } = message;
      const place = cwd === folder ? 'the folder' : cwd === process.cwd() ? 'the same' : cwd;
      told[worker.id] = [args, place, uid === process.getuid(), gid === process.getgid()];
    });
  }
  process.on('exit', () => console.log(JSON.stringify(told)));
} else {
  const message = {
    args: process.argv.slice(2),
    cwd: process.cwd(),
    uid: process.getuid(),
    gid: process.getgid(),
  };
  process.send(message, () => process.disconnect());
}
