import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { io } from 'socket.io-client';

import { inRoot } from '../support/paths.ts';
import { startProgram } from '../support/program.ts';
import { fenced } from './pages.ts';

const PAGE = 'docs/socket-io.md';
/** Once all listen: who comes earlier may be another's when more workers are there. */
const PORT_TOLD = `
  let count = 0;
  cluster.on('listening', (worker, { port }) => (count += 1) === 4 && console.log(\`port \${port}\`));
`;

describe(PAGE, () => {
  it("shows a program that serves clients which poll, and always by a client's own worker", async (t) => {
    const [shown = ''] = fenced(PAGE, 'js');
    mkdirSync(inRoot('.build'), { recursive: true });
    const folder = mkdtempSync(inRoot('.build', 'socket-io-'));
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
      t.after(() => socket.close());
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve).once('connect_error', reject);
      });
      pids.add(await socket.emitWithAck('who'));
    }
    assert.equal(pids.size, 1);
    program.child.kill('SIGTERM');
    await program.ended;
  });
});
