import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { tryLibc } from '../../src/system/libc.ts';
import { inRoot } from '../support/paths.ts';
import { startProgram } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { NotifyReceiver } from './notify-receiver.ts';

const FILE = inRoot('test/systemd/programs/served.cjs');
const CLI = inRoot('dist/cli.cjs');
const skip = tryLibc() ? false : 'no system calls can be made here';

interface Setup {
  readonly receiver: NotifyReceiver;
  readonly program: Program;
  readonly breakFile: string;
}

interface SetupOptions {
  readonly socket?: (folder: string) => string;
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function setUp(t: TestContext, options: SetupOptions = {}): Setup {
  const folder = makeFolder(t);
  const name = options.socket?.(folder) ?? path.join(folder, 'notify');
  const receiver = new NotifyReceiver(t, name);
  const breakFile = path.join(folder, 'broken');
  const program = startProgram(t, CLI, {
    cluster: 'node',
    execArgv: options.execArgv ?? [],
    args: ['start', FILE, '--workers', '2', '--name', path.basename(folder), '--log', 'text'],
    env: { NOTIFY_SOCKET: name, BREAK_FILE: breakFile, XDG_RUNTIME_DIR: folder, ...options.env },
  });
  return { receiver, program, breakFile };
}

describe('a service manager', { skip }, () => {
  it('hears of the start, a reload, one that fails, and the stop, in this order', async (t) => {
    const { receiver, program, breakFile } = setUp(t);
    assert.deepEqual(await receiver.nth(1, 'READY=1'), ['READY=1', 'STATUS=2 of 2 ready, generation 0']);
    const before = process.hrtime.bigint() / 1000n;
    program.child.kill('SIGHUP');
    await receiver.nth(2, 'READY=1');
    const [, monotonic = ''] = await receiver.nth(1, 'RELOADING=1');
    assert(BigInt(monotonic.replace('MONOTONIC_USEC=', '')) >= before, monotonic);
    writeFileSync(breakFile, '');
    program.child.kill('SIGHUP');
    const [, status] = await receiver.nth(3, 'READY=1');
    assert.match(status ?? '', /^STATUS=Reload failed: the new worker in slot \d exited with code 3$/);
    program.child.kill('SIGTERM');
    assert.equal((await program.ended).code, 0);
    const deeds = ['READY=1', 'RELOADING=1', 'READY=1', 'RELOADING=1', 'READY=1', 'STOPPING=1'];
    assert.deepEqual(receiver.deeds.filter((line) => !line.startsWith('EXTEND')).slice(0, 6), deeds);
    assert.match(program.stdout, /worker sees \[\]/);
  });

  it('is told by a name in the abstract namespace as well', async (t) => {
    const { receiver } = setUp(t, { socket: (folder) => `@${folder}` });
    await receiver.nth(1, 'READY=1');
  });

  it(
    'hears by another command where there are no system calls',
    {
      skip: !existsSync('/usr/bin/systemd-notify') && 'is not installed here',
    },
    async (t) => {
      const { receiver } = setUp(t, { execArgv: ['--no-addons'] });
      while (!receiver.messages.some((lines) => lines.includes('READY=1'))) await sleep(10);
    },
  );

  it('hears that the service lives, but not while its primary is stopped', async (t) => {
    const { receiver, program } = setUp(t, { env: { WATCHDOG_USEC: '400000' } });
    await receiver.nth(3, 'WATCHDOG=1');
    program.child.kill('SIGSTOP');
    while (!/\) T /.test(readFileSync(`/proc/${program.pid}/stat`, 'utf8'))) await sleep(10);
    // What it said before is heard by then.
    await sleep(50);
    const silent = receiver.count('WATCHDOG=1');
    await sleep(800);
    assert.equal(receiver.count('WATCHDOG=1'), silent);
    program.child.kill('SIGCONT');
    await receiver.nth(silent + 1, 'WATCHDOG=1');
  });

  it('does not hear that the service lives while no worker is ready', async (t) => {
    const { receiver, program, breakFile } = setUp(t, { env: { WATCHDOG_USEC: '400000' } });
    await receiver.nth(2, 'WATCHDOG=1');
    writeFileSync(breakFile, '');
    const pids = [...program.stdout.matchAll(/\(pid (\d+)\)|pid (\d+)/g)].map((match) =>
      Number(match[1] ?? match[2]),
    );
    assert(pids.length >= 2, program.stdout);
    for (const pid of new Set(pids)) if (pid !== program.pid) process.kill(pid, 'SIGKILL');
    await receiver.nth(1, 'STATUS=0 of 2 ready, generation 0');
    const silent = receiver.count('WATCHDOG=1');
    await sleep(800);
    assert.equal(receiver.count('WATCHDOG=1'), silent);
  });
});
