import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { openWebSocket } from '../../src/system/web-socket.ts';
import type { WebSocketClient } from '../../src/system/web-socket.ts';
import { readClientFrame, serverFrame } from './server-frame.ts';

const [TEXT, CLOSE, PING, PONG] = [1, 8, 9, 10];
const FIN = 0x80;
const MAX_BYTES = 100_000;

describe('openWebSocket', () => {
  it('sends and reads texts, large ones and those in several frames', async (t) => {
    const { client, peer } = await connect(t);
    const long = 'é'.repeat(40_000);
    client.send(long);
    assert.deepEqual(await peer.receive(), { opcode: TEXT, text: long });
    peer.socket.write(serverFrame(FIN | TEXT, Buffer.from(long)));
    for (const [first, part] of [
      [TEXT, 'a'],
      [0, 'b'],
      [FIN, 'c'],
    ] as const) {
      peer.socket.write(serverFrame(first, Buffer.from(part)));
    }
    peer.socket.write(serverFrame(FIN | CLOSE, Buffer.alloc(0)));
    assert.deepEqual(await readAll(client), [long, 'abc']);
  });

  it('reads what comes in one piece with the answer of the server', async (t) => {
    const { client } = await connect(t, (key) =>
      Buffer.concat([
        Buffer.from(welcome(key)),
        serverFrame(FIN | TEXT, Buffer.from('first')),
        serverFrame(FIN | CLOSE, Buffer.alloc(0)),
      ]),
    );
    assert.deepEqual(await readAll(client), ['first']);
  });

  it('answers a ping', async (t) => {
    const { client, peer } = await connect(t);
    peer.socket.write(serverFrame(FIN | PING, Buffer.from('are you there')));
    const texts = readAll(client);
    assert.deepEqual(await peer.receive(), { opcode: PONG, text: 'are you there' });
    peer.socket.end();
    assert.deepEqual(await texts, []);
  });

  it('ends, and closes, when the server closes, with a frame or without one', async (t) => {
    for (const last of [serverFrame(FIN | CLOSE, Buffer.alloc(0)), Buffer.alloc(0)]) {
      const { client, peer } = await connect(t);
      const isFrame = last.length > 0;
      if (isFrame) peer.socket.write(last);
      else peer.socket.end();
      assert.deepEqual(await readAll(client), []);
      if (isFrame) assert.deepEqual(await peer.receive(), { opcode: CLOSE, text: '' });
      await peer.closed;
    }
  });

  it('says that it closes, once, and sends nothing more', async (t) => {
    const { client, peer } = await connect(t);
    client.send('last');
    client.close();
    client.close();
    client.send('never');
    assert.deepEqual(await peer.receive(), { opcode: TEXT, text: 'last' });
    assert.deepEqual(await peer.receive(), { opcode: CLOSE, text: '' });
    await peer.closed;
    assert.equal(peer.unread(), 0);
  });

  it('closes when whoever reads has read enough', async (t) => {
    const { client, peer } = await connect(t);
    peer.socket.write(serverFrame(FIN | TEXT, Buffer.from('enough')));
    for await (const text of client) {
      assert.equal(text, 'enough');
      break;
    }
    await peer.closed;
  });

  it('fails while reading, and closes, for frames that are none and for a broken connection', async (t) => {
    const garbage = await connect(t);
    garbage.peer.socket.write('220 mail ready\r\n');
    await assert.rejects(readAll(garbage.client));
    await garbage.peer.closed;
    const broken = await connect(t);
    broken.peer.socket.resetAndDestroy();
    await assert.rejects(readAll(broken.client), { code: 'ECONNRESET' });
  });

  it('fails for a message that is too long', async (t) => {
    const { client, peer } = await connect(t);
    peer.socket.write(serverFrame(FIN | TEXT, Buffer.alloc(MAX_BYTES + 1)));
    await assert.rejects(readAll(client), /longer than/);
    await peer.closed;
  });

  it('is rejected, and closes, for a server that does not know the key', async (t) => {
    await assert.rejects(
      connect(t, () => welcome('another')),
      /did not read the key/,
    );
    await assert.rejects(
      connect(t, () => welcome('').replace(/^Sec.*\r\n/m, '')),
      /did not read the key/,
    );
  });

  it('is rejected for a server of something else', async (t) => {
    await assert.rejects(
      connect(t, () => 'HTTP/1.1 400 Bad Request\r\nContent-Length: 100000\r\n\r\nno'),
      /answered 400/,
    );
    await assert.rejects(
      connect(t, () => '220 mail ready\r\n'),
      { code: 'HPE_INVALID_CONSTANT' },
    );
    await assert.rejects(
      connect(t, (_key, socket) => void socket.end()),
      { code: 'ECONNRESET' },
    );
  });

  it('is rejected where nobody listens', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const { signal } = new AbortController();
    const opening = openWebSocket(`ws://127.0.0.1:${port}/id`, { signal, maxMessageBytes: MAX_BYTES });
    await assert.rejects(opening, { code: 'ECONNREFUSED' });
  });

  it('ends at whatever it is when it is aborted', async (t) => {
    const controller = new AbortController();
    const silent = connect(t, () => undefined, controller.signal);
    setTimeout(() => controller.abort(), 30);
    await assert.rejects(silent, { name: 'AbortError' });

    const reading = new AbortController();
    const { client, peer } = await connect(t, welcome, reading.signal);
    setTimeout(() => reading.abort(), 30);
    await assert.rejects(readAll(client), { name: 'AbortError' });
    await peer.closed;

    await assert.rejects(connect(t, welcome, AbortSignal.abort()), { name: 'AbortError' });
  });
});

interface Peer {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  /** The next frame of the client. */
  receive(): Promise<{ opcode: number; text: string }>;
  /** How many bytes of the client are left. */
  unread(): number;
}

type Answer = (key: string, socket: Socket) => string | Buffer | void;

/** A client, and the other end of its connection, which has given the answer. The server must have closed by the end. */
async function connect(
  t: TestContext,
  answer: Answer = welcome,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ client: WebSocketClient; peer: Peer }> {
  let peer: Peer | undefined;
  const server = net.createServer((socket) => void greet(socket, answer).then((greeted) => (peer = greeted)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  const client = await openWebSocket(`ws://127.0.0.1:${port}/id`, { signal, maxMessageBytes: MAX_BYTES });
  assert(peer, 'the server was not asked');
  return { client, peer };
}

async function greet(socket: Socket, answer: Answer): Promise<Peer> {
  let received = Buffer.alloc(0);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {}).on('data', (chunk) => (received = Buffer.concat([received, chunk])));
  while (!received.includes('\r\n\r\n')) await once(socket, 'data');
  const request = received.toString('latin1');
  assert.match(request, /^GET \/id HTTP\/1\.1\r\n/);
  assert.match(request, /^Sec-WebSocket-Version: 13\r$/m);
  assert.match(request, /^Upgrade: websocket\r$/m);
  assert.match(request, /^Connection: Upgrade\r$/m);
  received = Buffer.alloc(0);
  const bytes = answer(/^Sec-WebSocket-Key: (\S{24})\r$/m.exec(request)?.[1] ?? '', socket);
  if (bytes !== undefined) socket.write(bytes);
  return {
    socket,
    closed,
    unread: () => received.length,
    async receive() {
      for (;;) {
        const frame = tryToReadFrame(received);
        if (!frame) {
          await once(socket, 'data');
          continue;
        }
        received = received.subarray(frame.endsAt);
        return { opcode: frame.opcode, text: frame.data.toString() };
      }
    },
  };
}

function tryToReadFrame(bytes: Buffer): ReturnType<typeof readClientFrame> | undefined {
  try {
    return readClientFrame(bytes);
  } catch (error) {
    if (bytes.length < 10 || (error as Error).message === 'not whole') return undefined;
    throw error;
  }
}

function welcome(key: string): string {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

async function readAll(client: WebSocketClient): Promise<string[]> {
  const texts: string[] = [];
  for await (const text of client) texts.push(text);
  return texts;
}
