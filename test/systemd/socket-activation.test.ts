import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { tryLibc } from '../../src/system/libc.ts';
import { inRoot, REGISTER_FILE } from '../support/paths.ts';
import { startProgram } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { HeldSockets } from './manager.ts';

const FILE = inRoot('test/systemd/programs/listening.cjs');
const skip = tryLibc() ? false : 'no system calls can be made here';
const HAS_SIX = Object.values(os.networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
const NO_CALLS = ['--no-addons'];

interface Place {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
}

interface Held {
  readonly sockets: HeldSockets;
  readonly places: readonly Place[];
  readonly file: string;
}

/** One socket of each kind, and how a program asks for it. */
function holdAll(t: TestContext): Held {
  const sockets = new HeldSockets(t);
  const file = path.join(makeFolder(t), 'app.sock');
  const name = `\0grappolo-test-${process.pid}-${Math.random()}`;
  const places: Place[] = [
    { kind: 'four', options: { port: sockets.tcp('127.0.0.1'), host: '127.0.0.1' } },
    { kind: 'any', options: { port: sockets.tcp(HAS_SIX ? '::' : '0.0.0.0') } },
    { kind: 'udp', options: { port: sockets.udp('127.0.0.1'), address: '127.0.0.1' } },
    { kind: 'unix', options: { path: file } },
    { kind: 'abstract', options: { path: name } },
  ];
  sockets.unix(file);
  sockets.unix(name);
  if (HAS_SIX) places.push({ kind: 'six', options: { port: sockets.tcp('::1'), host: '::1' } });
  return { sockets, places, file };
}

function startOn(
  t: TestContext,
  { sockets, places }: Pick<Held, 'sockets' | 'places'>,
  { policy = 'rr', execArgv = [] }: { policy?: unknown; execArgv?: readonly string[] } = {},
): Program {
  return startProgram(t, FILE, {
    cluster: 'require',
    execArgv,
    passed: sockets.descriptors,
    env: { WHERE: JSON.stringify(places), POLICY: JSON.stringify(policy) },
  });
}

async function answerOf({ kind, options }: Place): Promise<string> {
  if (kind === 'udp') return datagramAnswer(Number(options['port']));
  const socket = net.connect({ ...options } as unknown as net.NetConnectOpts);
  let text = '';
  socket.setEncoding('utf8').on('data', (data: string) => (text += data));
  await once(socket, 'close');
  return text;
}

async function datagramAnswer(port: number): Promise<string> {
  const socket = dgram.createSocket('udp4');
  socket.send('?', port, '127.0.0.1');
  const [answer] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return String(answer);
}

async function expectAnswers(places: readonly Place[]): Promise<void> {
  assert.deepEqual(
    await Promise.all(places.map(answerOf)),
    places.map(({ kind }) => kind),
  );
}

async function stop(program: Program): Promise<void> {
  program.child.kill('SIGTERM');
  const { code, signal, stderr } = await program.ended;
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, stderr);
}

describe('sockets that a service manager has passed', { skip }, () => {
  for (const policy of [1, 'rr', 'least-connections', 'least-loaded', 'sticky', 'kernel']) {
    it(`are those on which workers listen, with the policy ${policy}`, async (t) => {
      const held = holdAll(t);
      const { ino } = statSync(held.file);
      const program = startOn(t, held, { policy });
      await program.waitFor(/all listen/);
      assert.match(program.stdout, /^seen \[\]\nseen \[\]\nall listen$/m, program.stdout);
      await expectAnswers(held.places);
      await stop(program);
      // The manager still has it.
      assert.equal(statSync(held.file).ino, ino);
    });
  }

  for (const execArgv of [[], NO_CALLS]) {
    const how = execArgv.join(' ') || 'with system calls';
    it(`can be used again when nobody has listened on them for a moment, ${how}`, async (t) => {
      const held = holdAll(t);
      const program = startOn(t, held, { execArgv });
      await program.waitFor(/all listen/);
      program.child.kill('SIGUSR2');
      await program.waitFor(/all listen[^]*all listen/);
      assert.doesNotMatch(program.stdout, /error/);
      await expectAnswers(held.places);
      await stop(program);
      assert(existsSync(held.file));
    });
  }

  it('leave others alone: what has no such address is bound', async (t) => {
    const sockets = new HeldSockets(t);
    const port = sockets.tcp('127.0.0.1');
    const program = startOn(t, { sockets, places: [{ kind: 'other', options: { port: 0 } }] });
    await program.waitFor(/all listen/);
    await program.waitFor(/warning GRAPPOLO_SOCKET_UNUSED/);
    assert.match(program.stdout, new RegExp(`GRAPPOLO_SOCKET_UNUSED 127\\.0\\.0\\.1:${port}$`, 'm'));
    await stop(program);
  });
});

/** Connects all the while, until told to end; then each must have had its answer. */
class Stream {
  readonly #place: Place;
  readonly #answers: Promise<string>[] = [];
  #isOver = false;
  readonly #done: Promise<void>;

  constructor(place: Place) {
    this.#place = place;
    this.#done = this.#run();
  }

  get count(): number {
    return this.#answers.length;
  }

  /** Resolves when so many more have been begun. */
  async more(count: number): Promise<void> {
    const until = this.count + count;
    while (this.count < until) await sleep(10);
  }

  async end(): Promise<readonly string[]> {
    this.#isOver = true;
    await this.#done;
    return Promise.all(this.#answers);
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      this.#answers.push(answerOf(this.#place).catch((error: NodeJS.ErrnoException) => String(error.code)));
      await sleep(20);
    }
  }
}

describe('a restart of the whole service', { skip }, () => {
  const ways: readonly { readonly policy: unknown; readonly execArgv?: readonly string[] }[] = [
    { policy: 'rr' },
    { policy: 'rr', execArgv: NO_CALLS },
    { policy: 'kernel' },
    { policy: 1 },
  ];
  for (const way of ways) {
    it(`refuses and resets no connection, with the policy ${JSON.stringify(way)}`, async (t) => {
      const sockets = new HeldSockets(t);
      const place = { kind: 'four', options: { port: sockets.tcp('127.0.0.1'), host: '127.0.0.1' } };
      const one = startOn(t, { sockets, places: [place] }, way);
      const stream = new Stream(place);
      await one.waitFor(/all listen/);
      await stream.more(20);
      await stop(one);
      await stream.more(5);
      const other = startOn(t, { sockets, places: [place] }, way);
      await other.waitFor(/all listen/);
      await stream.more(20);
      const answers = await stream.end();
      assert.deepEqual(
        answers.filter((answer) => answer !== 'four'),
        [],
        `of ${answers.length}`,
      );
      await stop(other);
    });
  }
});

describe('a restart of grappolo start', { skip }, () => {
  it('refuses and resets no connection', async (t) => {
    const sockets = new HeldSockets(t);
    const place = { kind: 'four', options: { port: sockets.tcp('127.0.0.1'), host: '127.0.0.1' } };
    const folder = makeFolder(t);
    const start = (): Program =>
      startProgram(t, inRoot('dist/cli.cjs'), {
        cluster: 'node',
        args: ['start', FILE, '--workers', '2', '--name', path.basename(folder), '--log', 'json'],
        passed: sockets.descriptors,
        env: { WHERE: JSON.stringify([place]), XDG_RUNTIME_DIR: folder },
      });
    const one = start();
    const stream = new Stream(place);
    await one.waitFor(/"type":"ready"/);
    await stream.more(20);
    await stop(one);
    await stream.more(5);
    const other = start();
    await other.waitFor(/"type":"ready"/);
    await stream.more(20);
    const answers = await stream.end();
    assert.deepEqual(
      answers.filter((answer) => answer !== 'four'),
      [],
      `of ${answers.length}`,
    );
    await stop(other);
  });
});

const HAS_ACTIVATE = existsSync('/usr/bin/systemd-socket-activate');

describe('systemd-socket-activate', { skip: HAS_ACTIVATE ? skip : 'is not installed here' }, () => {
  it('starts a program for its first client, which is served', async (t) => {
    const file = path.join(makeFolder(t), 'app.sock');
    const place = { kind: 'unix', options: { path: file } };
    const env = [`WHERE=${JSON.stringify([place])}`, 'POLICY="rr"'].flatMap((each) => ['-E', each]);
    const command = [process.execPath, '--require', REGISTER_FILE, FILE];
    const activate = spawn('systemd-socket-activate', ['-l', file, '--fdname=app', ...env, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(activate, 'close');
    t.after(async () => {
      activate.kill('SIGKILL');
      await ended;
    });
    // It says so when it listens.
    await once(activate.stderr, 'data');
    assert.equal(await answerOf(place), 'unix');
    activate.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  });
});
