import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import type { ChildProcess, SendHandle } from 'node:child_process';
import { on, once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { planFork } from '../../src/core/worker-environment.ts';
import type { ForkPlan } from '../../src/core/worker-environment.ts';
import { envelope, isOurs, parseWorkerMessage } from '../../src/protocol/messages.ts';
import type { WorkerMessage } from '../../src/protocol/messages.ts';
import { errnoOf } from '../../src/system/node-internals.ts';
import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

const FIXTURES = inRoot('test/fixtures/internal-messages');

describe('a primary', { concurrency: 2 }, () => {
  for (const cluster of ['import', 'require'] as const) {
    it(`drops what no worker would say, closes handles that nobody wants, and goes on (${cluster})`, async () => {
      const { stdout, stderr, code } = await runProgram(`${FIXTURES}/from-worker.cjs`, {
        cluster,
        env: { NODE_DEBUG: 'grappolo' },
      });
      assert.equal(code, 0, stderr);
      const [closed, closedToo, malformed, ...rest] = stdout.trimEnd().split('\n');
      assert.deepEqual([closed, closedToo], ['all handles closed: nonsense', 'all handles closed: room']);
      assert.deepEqual(rest, ['served: as ever', 'exit: 0 null'], stderr);
      assert.equal(`malformed: ${countDropped(stderr)}`, malformed, stderr);
    });
  }
});

describe('a worker', { concurrency: 2 }, () => {
  it('drops what no primary would say, and goes on', async (t) => {
    const primary = await FakePrimary.start(t);
    const malformed = [
      {},
      { act: 1 },
      { act: 'nonsense' },
      { act: 'online' },
      { act: 'newconn' },
      { act: 'newconn', seq: 1, listener: '1' },
      { act: 'listening-on', ack: 1 },
      { act: 'listening-on', ack: 'x', result: { kind: 'shared', listener: 1 } },
      { act: 'listening-on', ack: 1, result: { kind: 'error', errno: 1 } },
      { act: 'listening-on', ack: 1, result: { kind: 'exact', listener: 1 } },
    ];
    for (const message of malformed) await primary.send(message);
    // Well formed, but about nothing; the last has no handle, which a connection must.
    await primary.send({ act: 'goodbye' });
    await primary.send({ act: 'listening-on', ack: 99, result: { kind: 'error', errno: -1 } });
    await primary.send({ act: 'newconn', seq: 1, listener: 99 });
    await primary.echo();
    const stderr = await primary.end();
    assert.equal(countDropped(stderr), malformed.length, stderr);
  });

  const nobodysHandle: readonly (readonly [name: string, message: object])[] = [
    ['a malformed message', { act: 'nonsense' }],
    ['a connection for no listener', { act: 'newconn', seq: 1, listener: 99 }],
    [
      'an answer that was not asked for',
      { act: 'listening-on', ack: 99, result: { kind: 'shared', listener: 1 } },
    ],
    ['a goodbye', { act: 'goodbye' }],
  ];
  for (const [name, message] of nobodysHandle) {
    it(`closes the handle beside ${name}`, async (t) => {
      const primary = await FakePrimary.start(t);
      for (const isRaw of [true, false]) {
        const { client, closed } = await connection(t);
        await primary.send(message, isRaw ? rawHandle(client) : client);
        client.destroy();
        await closed;
      }
      await primary.echo();
    });
  }

  it('refuses a connection for a listener that it does not have', async (t) => {
    const primary = await FakePrimary.start(t);
    const { client } = await connection(t);
    await primary.send({ act: 'newconn', seq: 7, listener: 99 }, rawHandle(client));
    assert.deepEqual(await primary.nextMessage(), { act: 'refused', ack: 7, reason: 'closed' });
  });

  it('closes the handle beside an answer that needs none', async (t) => {
    const primary = await FakePrimary.start(t);
    for (const result of [
      { kind: 'error', errno: errnoOf('EACCES') },
      { kind: 'exact', listener: 1, name: null },
    ]) {
      const { client, closed } = await connection(t);
      const seq = await primary.listen();
      await primary.send({ act: 'listening-on', ack: seq, result }, rawHandle(client));
      client.destroy();
      await closed;
    }
  });

  it('lets a listen fail whose handle got lost on its way, and says so', async (t) => {
    const primary = await FakePrimary.start(t);
    const seq = await primary.listen();
    await primary.send({ act: 'listening-on', ack: seq, result: { kind: 'shared', listener: 5 } });
    assert.deepEqual(await primary.nextMessage(), { act: 'close', listener: 5 });
    assert.deepEqual(await primary.nextReport(), { error: 'EBADF' });
  });

  it('turns the number of an error into the error of the server', async (t) => {
    const primary = await FakePrimary.start(t);
    for (const code of ['EADDRINUSE', 'EACCES'] as const) {
      const seq = await primary.listen();
      await primary.send({ act: 'listening-on', ack: seq, result: { kind: 'error', errno: errnoOf(code) } });
      assert.deepEqual(await primary.nextReport(), { error: code });
    }
  });

  it('takes one answer to a question, and ignores the second', async (t) => {
    const primary = await FakePrimary.start(t);
    const seq = await primary.listen();
    const name = { address: '127.0.0.1', family: 'IPv4', port: 4321 };
    await primary.send({ act: 'listening-on', ack: seq, result: { kind: 'exact', listener: 1, name } });
    await primary.send({
      act: 'listening-on',
      ack: seq,
      result: { kind: 'error', errno: errnoOf('EACCES') },
    });
    assert.deepEqual(await primary.nextReport(), { port: 4321 });
    await primary.echo();
  });

  it('serves the connections that it is given, and says that it took them', async (t) => {
    const primary = await FakePrimary.start(t);
    const seq = await primary.listen();
    const name = { address: '127.0.0.1', family: 'IPv4', port: 4321 };
    await primary.send({ act: 'listening-on', ack: seq, result: { kind: 'exact', listener: 3, name } });
    const listening = { act: 'listening', address: '127.0.0.1', port: 4321, addressType: 4, fd: undefined };
    assert.deepEqual(await primary.nextMessage(), listening);
    const { client, peer } = await connection(t);
    await primary.send({ act: 'newconn', seq: 1, listener: 3 }, rawHandle(client));
    client.destroy();
    const [served] = (await once(peer, 'data')) as [Buffer];
    assert.equal(String(served), 'served');
    assert.deepEqual(await primary.nextMessage(), { act: 'accepted', ack: 1 });
  });

  it('that is marked wrongly ends at once, and is no primary either', async (t) => {
    const child = start(t, {
      env: { GRAPPOLO_WORKER: 'nonsense' },
      execArgv: ['--require', inRoot('dist/boot.cjs')],
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    assert.deepEqual((await once(child, 'close'))[0], 1);
    assert.match(stderr, /ERR_GRAPPOLO_NOT_BOOTED/);
  });
});

/** This process in the place of a primary: it says what it likes. */
class FakePrimary {
  readonly #child: ChildProcess;
  readonly #messages: AsyncIterator<unknown[]>;
  readonly #reports: AsyncIterator<unknown[]>;
  #stderr = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#messages = on(child, 'internalMessage');
    this.#reports = on(child, 'message');
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
  }

  static async start(t: TestContext): Promise<FakePrimary> {
    const plan = planFork({
      slot: 0,
      id: 1,
      env: {},
      execArgv: [],
      bootFile: inRoot('dist/boot.cjs'),
      isRegister: () => false,
    });
    const primary = new FakePrimary(start(t, plan));
    assert.deepEqual(await primary.nextMessage(), { act: 'online' });
    return primary;
  }

  send(message: object, handle?: SendHandle): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#child.send(envelope(message), handle, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** What the worker says next to its primary. */
  async nextMessage(): Promise<WorkerMessage | undefined> {
    for (;;) {
      const { value } = (await this.#messages.next()) as IteratorYieldResult<unknown[]>;
      const [message] = value;
      // Node has messages of its own about handles.
      if (isOurs(message)) return parseWorkerMessage(message);
    }
  }

  /** What its program says next. */
  async nextReport(): Promise<unknown> {
    const { value } = (await this.#reports.next()) as IteratorYieldResult<unknown[]>;
    return value[0];
  }

  /** Lets the worker's program listen; gives the number of its question. */
  async listen(): Promise<number> {
    this.#child.send('listen');
    for (;;) {
      const message = await this.nextMessage();
      if (message?.act === 'queryServer') return message.seq;
    }
  }

  /** Waits until the worker has read all that was sent. */
  async echo(): Promise<void> {
    this.#child.send('echo');
    assert.equal(await this.nextReport(), 'echo');
  }

  /** Goes away, whereupon the worker must end well; gives all that it said on standard error. */
  async end(): Promise<string> {
    assert(this.#child.stderr);
    // Not 'close', which Node does not emit after a disconnect() of this side.
    const ended = Promise.all([once(this.#child, 'exit'), once(this.#child.stderr, 'end')]);
    this.#child.disconnect();
    assert.deepEqual((await ended)[0], [0, null]);
    return this.#stderr;
  }
}

function start(t: TestContext, { env, execArgv }: ForkPlan): ChildProcess {
  const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...inherited } = process.env;
  const child = fork(`${FIXTURES}/worker.cjs`, {
    env: { ...inherited, NODE_DEBUG: 'grappolo', ...env },
    execArgv,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  t.after(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

interface TestConnection {
  readonly client: net.Socket;
  /** The other end. */
  readonly peer: net.Socket;
  /** When nobody holds the client's end any more. */
  readonly closed: Promise<unknown>;
}

async function connection(t: TestContext): Promise<TestConnection> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [[peer]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [net.Socket],
    [],
  ];
  server.close();
  t.after(() => {
    client.destroy();
    peer.destroy();
  });
  return { client, peer, closed: once(peer.resume(), 'close') };
}

function rawHandle(client: net.Socket): SendHandle {
  return Reflect.get(client, '_handle') as SendHandle;
}

function countDropped(stderr: string): number {
  return stderr.split('malformed message dropped').length - 1;
}
