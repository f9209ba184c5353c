import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';

import {
  bindHandle,
  checkRuntime,
  dropsWhenFull,
  errnoOf,
  isFull,
  isPortFree,
  socketName,
  usesReusePort,
  watchConnectionsClosing,
} from '../../src/system/node-internals.ts';
import type { SocketName } from '../../src/protocol/messages.ts';
import type { BindRequest, RawHandle } from '../../src/system/node-internals.ts';
import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

const TCP: BindRequest = { address: '127.0.0.1', port: 0, addressType: 4 };

function bind(t: TestContext, request: BindRequest): RawHandle {
  const handle = bindHandle(request);
  assert(typeof handle === 'object', inspect(handle));
  t.after(() => handle.close());
  return handle;
}

function nameOf(handle: RawHandle): SocketName {
  const name = socketName(handle);
  assert(typeof name === 'object' && name !== null, inspect(name));
  return name;
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bind-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A server that the test closes, on a free port. */
async function listen(t: TestContext, host: string): Promise<{ server: net.Server; port: number }> {
  const server = net.createServer();
  server.listen(0, host);
  await once(server, 'listening');
  t.after(() => server.close());
  return { server, port: (server.address() as net.AddressInfo).port };
}

describe('bindHandle', () => {
  it('binds TCP to a named address, without listening yet', async (t) => {
    const { address, family, port } = nameOf(bind(t, TCP));
    assert.deepEqual([address, family], ['127.0.0.1', 'IPv4']);
    const client = net.connect(port, address);
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNREFUSED');
  });

  it('binds TCP to everything where no address is named', (t) => {
    const { address } = nameOf(bind(t, { ...TCP, address: null }));
    assert(address === '::' || address === '0.0.0.0');
  });

  it('binds UDP', (t) => {
    assert.equal(nameOf(bind(t, { ...TCP, addressType: 'udp4' })).address, '127.0.0.1');
    assert.equal(nameOf(bind(t, { ...TCP, address: null, addressType: 'udp4' })).address, '0.0.0.0');
    assert.equal(nameOf(bind(t, { ...TCP, address: null, addressType: 'udp6' })).address, '::');
  });

  it('binds a UNIX path, which has no name, and opens it to all where asked', (t) => {
    const folder = temporaryFolder(t);
    const closed = path.join(folder, 'closed');
    assert.equal(socketName(bind(t, { address: closed, port: -1, addressType: -1 })), null);
    assert.equal(statSync(closed).mode & 0o022, 0);
    const open = path.join(folder, 'open');
    bind(t, { address: open, port: -1, addressType: -1, readableAll: true, writableAll: true });
    assert.equal(statSync(open).mode & 0o066, 0o066);
  });

  it('takes an open descriptor', (t) => {
    // Both hold the one descriptor, so that only the second may close it.
    const first = bindHandle(TCP) as RawHandle;
    const fd = Reflect.get(first, 'fd') as number;
    const second = bind(t, { address: null, port: null, addressType: 4, fd });
    assert.deepEqual(nameOf(second), nameOf(first));
  });

  it('gives the number of the error', (t) => {
    const missing = path.join(temporaryFolder(t), 'missing', 'socket');
    const cases: readonly (readonly [request: BindRequest, errno: number])[] = [
      [
        { address: missing, port: -1, addressType: -1 },
        errnoOf(process.platform === 'linux' ? 'EACCES' : 'ENOENT'),
      ],
      [{ ...TCP, address: '192.0.2.1' }, errnoOf('EADDRNOTAVAIL')],
      [{ ...TCP, address: 'no address' }, errnoOf('EINVAL')],
      [{ ...TCP, addressType: 'udp4', address: '192.0.2.1' }, errnoOf('EADDRNOTAVAIL')],
      [{ ...TCP, addressType: 'udp6', address: 'no address' }, errnoOf('EINVAL')],
      [{ address: null, port: null, addressType: 4, fd: 99_999 }, errnoOf('EINVAL')],
      [{ address: null, port: null, addressType: 'udp4', fd: 99_999 }, errnoOf('EINVAL')],
    ];
    for (const [request, errno] of cases) assert.equal(bindHandle(request), errno, inspect(request));
  });

  it('gives EADDRINUSE for a UDP port and a UNIX path that are taken', (t) => {
    const { port } = nameOf(bind(t, { ...TCP, addressType: 'udp4' }));
    assert.equal(bindHandle({ ...TCP, addressType: 'udp4', port }), errnoOf('EADDRINUSE'));
    const socket: BindRequest = { address: path.join(temporaryFolder(t), 's'), port: -1, addressType: -1 };
    bind(t, socket);
    assert.equal(bindHandle(socket), errnoOf('EADDRINUSE'));
  });

  it('gives EACCES for a path in a folder that the process may not write to', async (t) => {
    const folder = temporaryFolder(t);
    chmodSync(folder, 0o500);
    const { stdout, stderr } = await runProgram(inRoot('test/fixtures/bind-as-nobody.mjs'), {
      cluster: 'node',
      args: [path.join(folder, 'socket')],
    });
    assert.equal(stdout, `${errnoOf('EACCES')}\n`, stderr);
  });
});

describe('isPortFree', () => {
  it('tells a port that is listened on from one that is not', async (t) => {
    for (const host of ['127.0.0.1', '::1']) {
      const { server, port } = await listen(t, host);
      assert.equal(isPortFree(port, host), false, host);
      server.close();
      await once(server, 'close');
      assert.equal(isPortFree(port, host), true, host);
    }
  });

  it('takes the loopback address for a name or for none, and an IPv6 address in brackets', async (t) => {
    const four = await listen(t, '127.0.0.1');
    assert.equal(isPortFree(four.port), false);
    assert.equal(isPortFree(four.port, 'localhost'), false);
    const six = await listen(t, '::1');
    assert.equal(isPortFree(six.port, '[::1]'), false);
  });
});

describe('isFull', () => {
  const cases: readonly (readonly [max: number | null | undefined, connections: number, answer: boolean])[] =
    [
      [undefined, 1000, false],
      [null, 1000, false],
      [0, 0, true],
      [1, 0, false],
      [1, 1, true],
      [1, 2, true],
      [Infinity, 1000, false],
    ];
  for (const [maxConnections, connections, answer] of cases) {
    it(`is ${answer} for ${connections} connections of ${maxConnections}`, () => {
      const server = Object.assign(net.createServer(), { maxConnections, _connections: connections });
      assert.equal(isFull(server as net.Server), answer);
    });
  }

  it('counts the connections of a real server', async (t) => {
    const { server, port } = await listen(t, '127.0.0.1');
    server.maxConnections = 1;
    assert.equal(isFull(server), false);
    const client = net.connect(port, '127.0.0.1');
    t.after(() => client.destroy());
    await once(server, 'connection');
    assert.equal(isFull(server), true);
  });
});

describe('dropsWhenFull', () => {
  it('holds only for a server that says so', () => {
    const server = net.createServer();
    assert.equal(dropsWhenFull(server), false);
    assert.equal(dropsWhenFull(Object.assign(server, { dropMaxConnection: true })), true);
    assert.equal(dropsWhenFull(Object.assign(server, { dropMaxConnection: false })), false);
  });
});

describe('watchConnectionsClosing', () => {
  it('calls after each connection that closed, when it is no longer counted', async (t) => {
    const { server, port } = await listen(t, '127.0.0.1');
    server.maxConnections = 1;
    const wasFull: boolean[] = [];
    const closed = new Promise<void>((resolve) => {
      watchConnectionsClosing(server, () => {
        wasFull.push(isFull(server));
        resolve();
      });
    });
    const client = net.connect(port, '127.0.0.1');
    const [socket] = (await once(server, 'connection')) as [net.Socket];
    assert.deepEqual(wasFull, []);
    socket.resume().end();
    client.resume().end();
    await closed;
    assert.deepEqual(wasFull, [false]);
  });
});

describe('usesReusePort', () => {
  it('does not hold for a plain socket', (t) => {
    const socket = dgram.createSocket('udp4');
    t.after(() => socket.close());
    assert.equal(usesReusePort(socket), false);
  });

  it('holds for a socket that was created so', { skip: !knowsReusePort() && 'needs Node 22.12' }, (t) => {
    const options: object = { type: 'udp4', reusePort: true };
    const socket = dgram.createSocket(options as dgram.SocketOptions);
    t.after(() => socket.close());
    assert.equal(usesReusePort(socket), true);
  });
});

describe('checkRuntime', () => {
  it('is content with this Node', () => checkRuntime());
});

function knowsReusePort(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 12);
}
