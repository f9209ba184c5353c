import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { streamPair } from '../../src/system/descriptors.ts';
import { tryLibc } from '../../src/system/libc.ts';
import { socketOn } from '../../src/system/socket-on.ts';
import type { DirectSocket } from '../../src/system/socket-on.ts';
import { until } from '../support/load.ts';

/** A socket of ours, and the other end as Node has it, which reads nothing yet. */
function pair(t: TestContext, onBytes: (bytes: Buffer) => void = () => {}): [DirectSocket, Socket] {
  const libc = tryLibc();
  assert.ok(libc);
  const [here, there] = streamPair(libc);
  const direct = socketOn(here, (bytes, length) => onBytes(bytes.subarray(0, length)));
  direct.on('error', () => {});
  const other = new Socket({ fd: there, readable: true, writable: true });
  other.on('error', () => {});
  t.after(() => {
    direct.destroy();
    other.destroy();
  });
  return [direct, other];
}

interface Both {
  readonly direct: DirectSocket;
  readonly other: DirectSocket;
  /** The first one. */
  readonly closed: Promise<void>;
  /** How much it has read. */
  readonly read: () => number;
}

/** Two of ours, which write at once. */
function bothDirect(t: TestContext): Both {
  const libc = tryLibc();
  assert.ok(libc);
  const [here, there] = streamPair(libc);
  let length = 0;
  const direct = socketOn(here, (_, bytes) => void (length += bytes));
  direct.on('error', () => {});
  const other = socketOn(there, () => {});
  t.after(() => direct.destroy());
  return {
    direct,
    other,
    closed: new Promise((resolve) => void direct.on('close', () => resolve())),
    read: () => length,
  };
}

describe('socketOn()', { skip: tryLibc() ? false : 'no system calls here' }, () => {
  it('brings what was written before the other end reads, in order, however much', async (t) => {
    const [direct, other] = pair(t);
    let lines = 0;
    // More than a socket holds: some waits in the system, one is cut, and the rest waits here.
    while (direct.write(Buffer.from(`${'.'.repeat(1000)}${(lines += 1)}\n`)));
    const drained = new Promise<void>((resolve) => void direct.on('drain', () => resolve()));
    direct.write(Buffer.from('the last\n'));
    let text = '';
    other.setEncoding('latin1').on('data', (data: string) => (text += data));
    await Promise.all([drained, until('the last is there', () => text.endsWith('the last\n'))]);
    const numbers = text
      .split('\n')
      .slice(0, -2)
      .map((line) => Number(line.slice(1000)));
    assert.deepEqual(
      numbers,
      Array.from({ length: lines }, (_, i) => i + 1),
    );
    assert.equal(direct.write(Buffer.from('more')), true);
    await until('and more', () => text.endsWith('more'));
  });

  it('gives what comes', async (t) => {
    let text = '';
    const [, other] = pair(t, (bytes) => void (text += bytes.toString()));
    other.write('abc');
    await until('it is here', () => text === 'abc');
  });

  it('gives all at once that one which is gone had written, and nothing more afterwards', async (t) => {
    const { direct, other, closed, read } = bothDirect(t);
    direct.readRest();
    assert.equal(read(), 0);
    assert.equal(other.write(Buffer.alloc(100_000)), true);
    // In this turn of the event loop, in which nobody else reads.
    direct.readRest();
    assert.equal(read(), 100_000);
    other.destroy();
    await closed;
    direct.readRest();
    assert.equal(read(), 100_000);
  });

  it('gives what one had written that is gone where that is found out by a write', async (t) => {
    const { direct, other, closed, read } = bothDirect(t);
    other.write(Buffer.alloc(100_000));
    other.destroy();
    direct.write(Buffer.from('nobody reads this'));
    await closed;
    assert.equal(read(), 100_000);
  });

  it('closes where the other end is gone, whenever that is found out', async (t) => {
    const [direct, other] = pair(t);
    const closed = new Promise<void>((resolve) => void direct.on('close', () => resolve()));
    other.destroy();
    await once(other, 'close');
    direct.write(Buffer.from('nobody reads this'));
    await closed;
    assert.equal(direct.write(Buffer.from('nor this')), false);
  });
});
