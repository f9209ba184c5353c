const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

/** Below what the system gives to whoever asks for any port, so that nobody comes by one of them by chance. */
const FIRST = 10_000;
const BLOCK = 20;
const BLOCKS = 1000;
/** A folder for each block of ports that a test program has. */
const CLAIMS = path.join(os.tmpdir(), 'grappolo-test-ports');

/**
 * Gives the first of `count` consecutive ports, 20 at most, that nobody listens on just now, and that no other test program is
 * given as long as this process runs.
 */
exports.freePorts = async (count, host = '127.0.0.1') => {
  for (;;) {
    const block = Math.floor(Math.random() * BLOCKS);
    const port = FIRST + block * BLOCK;
    const servers = [];
    try {
      claim(block);
      for (let i = 0; i < count; i += 1) {
        const server = net.createServer().listen(port + i, host);
        servers.push(server);
        await once(server, 'listening');
      }
      return port;
    } catch {
      // Somebody has one of them: from the start.
    } finally {
      await Promise.all(servers.map((server) => server.listening && once(server.close(), 'close')));
    }
  }
};

/** What this process has claimed, which it gives back at its end. */
const claimed = [];

/** Throws where another process has it; of one that is gone, the claim is void. */
function claim(block) {
  fs.mkdirSync(CLAIMS, { recursive: true });
  const file = path.join(CLAIMS, String(block));
  if (!isOwned(file)) fs.rmSync(file, { force: true });
  fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
  if (claimed.push(file) > 1) return;
  process.once('exit', () => {
    for (const each of claimed) fs.rmSync(each, { force: true });
  });
}

function isOwned(file) {
  try {
    return process.kill(Number(fs.readFileSync(file, 'utf8')), 0);
  } catch {
    return false;
  }
}
