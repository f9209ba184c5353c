// A UNIX path that the kernel takes only as the program has it: its absolute spelling is too long.
const cluster = require('node:cluster');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

if (cluster.isPrimary) main();
else net.createServer((socket) => socket.resume().end(`${cluster.worker.id}`)).listen('s.sock');

async function main() {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'grappolo-test-'));
  const cwd = path.join(root, 'x'.repeat(120));
  fs.mkdirSync(cwd);
  const here = process.cwd();
  for (const where of ['elsewhere', 'in the same folder']) {
    process.chdir(where === 'elsewhere' ? here : cwd);
    cluster.setupPrimary({ cwd });
    const workers = [cluster.fork(), cluster.fork()];
    await Promise.all(workers.map((worker) => once(worker, 'listening')));
    process.chdir(cwd);
    const answers = [await ask(), await ask()];
    process.chdir(here);
    console.log(`${where}: answered by ${new Set(answers).size}`);
    for (const worker of workers) worker.process.kill('SIGKILL');
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
    await new Promise(setImmediate);
    console.log('left:', fs.readdirSync(cwd).length);
  }
  fs.rmSync(root, { recursive: true });
}

async function ask() {
  const [answer] = await once(net.connect('s.sock'), 'data');
  return String(answer);
}
