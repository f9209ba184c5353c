// Writes what it is told to, and ends: what a worker may do to its pipes.
const { spawn } = require('node:child_process');
const { writeSync } = require('node:fs');

/** All of it, though the pipe may be full for a while. */
function write(fd, data) {
  for (let rest = Buffer.from(data); rest.length > 0;) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

const [what, count] = process.argv.slice(2);
switch (what) {
  case 'lines': {
    for (let line = 0; line < Number(count); line += 1000) {
      write(1, Array.from({ length: 1000 }, (_, index) => `line ${line + index}\n`).join(''));
    }
    break;
  }
  case 'both':
    write(1, 'to stdout\nhalf');
    write(2, 'to stderr\r\nfirst\nlast');
    process.exitCode = 3;
    break;
  case 'torn': {
    const bytes = Buffer.from('grappolo: 🍇 und Öl\r\n2 €');
    let at = 0;
    const timer = setInterval(() => {
      write(1, bytes.subarray(at, at + 1));
      at += 1;
      if (at === bytes.length) clearInterval(timer);
    }, 2);
    break;
  }
  case 'rubbish':
    write(1, Buffer.from(Array.from({ length: 256 * 64 }, (_, index) => (index * 31 + (index >> 8)) % 256)));
    write(1, '\nend\n');
    break;
  case 'grandchild': {
    write(2, 'I leave somebody behind\nno end');
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'];
    const child = spawn(process.execPath, [__filename, count], { stdio });
    write(1, `${child.pid}\n`);
    // It is to have begun before its parent ends.
    child.once('message', () => process.exit(0));
    break;
  }
  case 'silent':
    setInterval(() => {}, 1000);
    process.send?.('begun');
    break;
  case 'endless':
    process.stdout.on('error', () => process.exit(0));
    (function more(error) {
      if (!error) process.stdout.write(`${'y'.repeat(99)}\n`.repeat(600), more);
    })();
    process.send?.('begun');
    break;
  case 'crash':
    write(2, `${'x'.repeat(120_000)}\n`);
    process.kill(process.pid, 'SIGKILL');
    break;
  default:
    throw new Error(`unknown: ${what}`);
}
