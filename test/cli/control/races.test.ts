import assert from 'node:assert/strict';
import { once } from 'node:events';
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { ControlServer } from '../../../src/cli/control/server.ts';
import { inRoot } from '../../support/paths.ts';
import { startProgram } from '../../support/program.ts';
import type { Program } from '../../support/program.ts';
import { makeFolder } from '../../support/temporary-folder.ts';

const STARTS = 20;
const HOLD_NAME = inRoot('test/cli/control/programs/hold-name.mjs');
const CONTEND = inRoot('test/cli/control/programs/contend.mjs');

describe('starts of one name at once', () => {
  it(`${STARTS} processes: one wins, the others say which`, async (t) => {
    const folder = makeFolder(t);
    const winner = await race(t, folder);
    assert.deepEqual(readdirSync(folder), ['api.sock']);
    winner.child.kill('SIGTERM');
    assert.equal((await winner.ended).code, 0);
    assert.deepEqual(readdirSync(folder), []);
  });

  it(`${STARTS} processes that find a dead one's socket: one wins`, async (t) => {
    const folder = makeFolder(t);
    const killed = await race(t, folder, 1);
    killed.child.kill('SIGKILL');
    await killed.ended;
    assert.deepEqual(readdirSync(folder), ['api.sock']);
    const winner = await race(t, folder);
    assert.deepEqual(readdirSync(folder), ['api.sock']);
    winner.child.kill('SIGTERM');
    await winner.ended;
    assert.deepEqual(readdirSync(folder), []);
  });

  it('never has two owners, whenever those who contend for it are killed', async (t) => {
    const folder = makeFolder(t);
    const log = path.join(makeFolder(t), 'log');
    const args = [folder, 'api', log, '25'];
    const runs = Array.from({ length: 24 }, () =>
      startProgram(t, CONTEND, { cluster: 'node', args, timeoutMs: 120_000 }),
    );
    let killed = 0;
    for (const run of runs) {
      const { code, signal, stderr, isHung } = await run.ended;
      assert(!isHung && (code === 0 || signal === 'SIGKILL'), `${code} ${signal}: ${stderr}`);
      if (signal === 'SIGKILL') killed += 1;
    }
    const owners = readFileSync(log, 'utf8').trim().split('\n');
    assert(killed > 0 && new Set(owners).size > 3, `${killed} killed, ${new Set(owners).size} owners`);
    assertTurns(owners);
    const control = await ControlServer.open({ folder, name: 'api', onRefused: () => {} });
    await control.close();
    assert(!readdirSync(folder).includes('api.sock'));
  });
});

describe('a name', () => {
  it('is given to nobody else while its holder is stopped', async (t) => {
    const folder = makeFolder(t);
    const holder = await race(t, folder, 1);
    holder.child.kill('SIGSTOP');
    await assert.rejects(ControlServer.open({ folder, name: 'api', onRefused: () => {} }), {
      code: 'ERR_GRAPPOLO_NAME_TAKEN',
      message:
        /^Cannot start as "api": a process that does not say who it is holds .*api\.sock\. Stop it, or choose/,
    });
    holder.child.kill('SIGCONT');
  });

  it('is not taken from whoever else listens there', async (t) => {
    const folder = makeFolder(t);
    const server = net
      .createServer((socket) => socket.on('error', () => {}).end('hello\n'))
      .listen(path.join(folder, 'api.sock'));
    t.after(() => server.close());
    await once(server, 'listening');
    await assert.rejects(ControlServer.open({ folder, name: 'api', onRefused: () => {} }), {
      code: 'ERR_GRAPPOLO_NAME_TAKEN',
    });
  });

  it('is waited for while a living process is about to take it, for ten seconds', async (t) => {
    const folder = makeFolder(t);
    mkdirSync(path.join(folder, 'api.lock'));
    writeFileSync(path.join(folder, 'api.lock', '4711-abc'), '');
    const server = net.createServer().listen(path.join(folder, '.abc'));
    t.after(() => server.close());
    await once(server, 'listening');
    await assert.rejects(ControlServer.open({ folder, name: 'api', onRefused: () => {} }), {
      code: 'ERR_GRAPPOLO_NAME_TAKEN',
      message: 'Cannot start as "api": process 4711 has been starting under this name for more than 10 s',
    });
    assert.deepEqual(readdirSync(folder), ['.abc', 'api.lock']);
    const opening = ControlServer.open({ folder, name: 'api', onRefused: () => {} });
    server.close();
    const control = await opening;
    assert.deepEqual(readdirSync(folder), ['api.sock']);
    await control.close();
  });

  it('can be taken where a file or a lock of the dead is in the way', async (t) => {
    const folder = makeFolder(t, { 'api.sock': 'no socket' });
    mkdirSync(path.join(folder, 'api.lock'));
    writeFileSync(path.join(folder, 'api.lock', '1-abc'), '');
    const control = await ControlServer.open({ folder, name: 'api', onRefused: () => {} });
    assert.deepEqual(readdirSync(folder), ['api.sock']);
    assert(lstatSync(control.file).isSocket());
    await control.close();
    assert.deepEqual(readdirSync(folder), []);
  });
});

/** Starts processes that take the name at the same moment, and gives the only one that has got it. */
async function race(t: TestContext, folder: string, count: number = STARTS): Promise<Program> {
  const programs = Array.from({ length: count }, () =>
    startProgram(t, HOLD_NAME, { cluster: 'node', args: [folder, 'api'], timeoutMs: 60_000 }),
  );
  for (const program of programs) await program.waitFor(/waiting\n/);
  for (const program of programs) program.child.kill('SIGUSR2');
  for (const program of programs) await program.waitFor(/(?:won|lost .*)\n/);
  const [winner, ...others] = programs.filter(({ stdout }) => stdout.includes('won'));
  assert(winner, 'nobody has won');
  assert.equal(others.length, 0, `${others.length + 1} have won`);
  for (const program of programs) {
    if (program === winner) continue;
    assert.match(
      program.stdout,
      new RegExp(
        `lost ERR_GRAPPOLO_NAME_TAKEN Cannot start as "api": process ${winner.pid} ` +
          'has been running under this name since \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\\. Stop it, .*\n',
      ),
    );
    assert.equal((await program.ended).code, 0);
  }
  assert.doesNotMatch(winner.stdout, /refused/);
  return winner;
}

/** Nobody has it again after another had it: each holds it four times in a row, unless it is killed. */
function assertTurns(owners: readonly string[]): void {
  for (let i = 0; i < owners.length;) {
    const owner = owners[i];
    const turn = owners.slice(i, i + 4);
    const own = turn.findIndex((other) => other !== owner);
    const length = own < 0 ? turn.length : own;
    // One that was cut short has been killed, and is never seen again.
    assert(length === 4 || !owners.slice(i + length).includes(String(owner)), `two at line ${i + length}`);
    i += length;
  }
}
