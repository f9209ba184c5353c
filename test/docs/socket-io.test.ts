import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { limitMs } from '../support/limits.ts';
import { FOLDER, requirePackage } from '../packages/started.ts';
import type { SocketIoClient } from '../packages/started.ts';
import { startProgram } from '../support/program.ts';
import { fenced } from './pages.ts';

const { io } = requirePackage('socket.io-client') as {
  io: (url: string, options: object) => SocketIoClient;
};

const PAGE = 'docs/socket-io.md';
/** Once all listen: who comes earlier may be another's when more workers are there. */
const PORT_TOLD = `
  let count = 0;
  cluster.on('listening', (worker, { port }) => (count += 1) === 4 && console.log(\`port \${port}\`));
`;

describe(PAGE, () => {
  it("shows a program that serves clients which poll, and always by a client's own worker", async (t) => {
    const [shown = ''] = fenced(PAGE, 'js');
    const folder = mkdtempSync(path.join(FOLDER, 'node_modules', 'socket-io-page-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'app.mjs');
    writeFileSync(file, `${shown.replace('3000', '0')}\n${PORT_TOLD}\n`);
    const program = startProgram(t, file, { cluster: 'node' });
    const [, port] = await program.waitFor(/port (\d+)\n/);

    const pids = new Set<unknown>();
    for (let i = 0; i < 4; i += 1) {
      const socket = io(`http://127.0.0.1:${port}`, {
        transports: ['polling'],
        forceNew: true,
        reconnection: false,
      });
      t.after(() => socket.disconnect());
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve).once('connect_error', reject);
      });
      pids.add(await socket.timeout(limitMs(10_000)).emitWithAck('who'));
    }
    assert.equal(pids.size, 1);
    program.child.kill('SIGTERM');
    await program.ended;
  });
});
