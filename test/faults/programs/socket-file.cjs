// A primary that ends by process.exit() in an 'exit' listener, while a worker listens on a UNIX path.
const { spawn } = require('node:child_process');
const cluster = require('node:cluster');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const file = process.env.FILE ?? path.join(os.tmpdir(), `grappolo-test-${process.pid}.sock`);

if (cluster.isWorker) net.createServer().listen(file);
else if (process.env.FILE) primary();
else watch();

async function watch() {
  const options = { env: { ...process.env, FILE: file }, stdio: 'inherit' };
  const child = spawn(process.execPath, [...process.execArgv, __filename], options);
  const [code] = await once(child, 'exit');
  console.log(`ended with ${code}, and left: ${fs.existsSync(file)}`);
}

function primary() {
  process.on('exit', () => process.exit(3));
  cluster.fork().on('listening', () => {
    console.log('there while it listens:', fs.existsSync(file));
    process.exit(0);
  });
}
