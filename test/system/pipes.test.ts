import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { libcFunction, loadLibc, tryLibc } from '../../src/system/libc.ts';
import { acceptPipes, invitedPipes, openPipes, pipePair } from '../../src/system/pipes.ts';
import type { DirectPipes, PipeEnds } from '../../src/system/pipes.ts';
import { until } from '../support/load.ts';

/** The other process, as Node has it, which reads nothing yet. */
class Other {
  readonly reader: Socket;
  readonly writer: Socket;

  constructor({ read, write }: PipeEnds) {
    this.reader = new Socket({ fd: read, readable: true, writable: false });
    this.writer = new Socket({ fd: write, readable: false, writable: true });
    for (const each of [this.reader, this.writer]) each.on('error', () => {});
  }

  destroy(): void {
    this.reader.destroy();
    this.writer.destroy();
  }

  /** Has no descriptor any more. */
  async gone(): Promise<void> {
    const closed = [this.reader, this.writer].map(async (each) => once(each, 'close'));
    this.destroy();
    await Promise.all(closed);
  }
}

function pair(t: TestContext, onBytes: (bytes: Buffer) => void = () => {}): [DirectPipes, Other] {
  const [here, there] = pipePair(loadLibc());
  const direct = openPipes(here, (bytes, length) => onBytes(bytes.subarray(0, length)));
  direct.on('error', () => {});
  const other = new Other(there);
  t.after(() => {
    direct.destroy();
    other.destroy();
  });
  return [direct, other];
}

interface Both {
  readonly direct: DirectPipes;
  readonly other: DirectPipes;
  /** The first one. */
  readonly closed: Promise<void>;
  /** How much it has read. */
  readonly read: () => number;
}

/** Two of ours, which write at once. */
function bothDirect(t: TestContext): Both {
  const [here, there] = pipePair(loadLibc());
  let length = 0;
  const direct = openPipes(here, (_, bytes) => void (length += bytes));
  direct.on('error', () => {});
  const other = openPipes(there, () => {});
  t.after(() => direct.destroy());
  return {
    direct,
    other,
    closed: new Promise((resolve) => void direct.on('close', () => resolve())),
    read: () => length,
  };
}

/** Less than a pipe holds. */
const SOME_BYTES = 50_000;

const skip = tryLibc() ? false : 'no system calls here';

describe('openPipes()', { skip }, () => {
  it('brings what was written before the other end reads, in order, however much', async (t) => {
    const [direct, other] = pair(t);
    let lines = 0;
    // More than a pipe holds: some waits in the system, one is cut, and the rest waits here.
    while (direct.write(Buffer.from(`${'.'.repeat(1000)}${(lines += 1)}\n`)));
    const drained = new Promise<void>((resolve) => void direct.on('drain', () => resolve()));
    direct.write(Buffer.from('the last\n'));
    let text = '';
    other.reader.setEncoding('latin1').on('data', (data: string) => (text += data));
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

  it('has taken a brief message when it returns, also where a part of it waits', async (t) => {
    const [direct, other] = pair(t);
    const bytes = Buffer.alloc(10_000, 'a');
    let sent = 0;
    do sent += bytes.length;
    while (direct.writeReused(bytes, bytes.length));
    bytes.fill('b');
    let text = '';
    other.reader.setEncoding('latin1').on('data', (data: string) => (text += data));
    await until('all is there', () => text.length === sent);
    assert.equal(text, 'a'.repeat(sent));
  });

  it('gives what comes', async (t) => {
    let text = '';
    const [, other] = pair(t, (bytes) => void (text += bytes.toString()));
    other.writer.write('abc');
    await until('it is here', () => text === 'abc');
  });

  it('leaves others their turn while there is more to read, and reads on', async (t) => {
    const libc = loadLibc();
    const [here, there] = pipePair(libc);
    const chunk = Buffer.alloc(64 * 1024);
    const seen = { reads: 0, bytes: 0, inThisTurn: 0, most: 0 };
    let written = 0;
    const fill = (): void => {
      for (let bytes = 0; bytes >= 0; bytes = libc.write(there.write, chunk, chunk.length)) written += bytes;
    };
    const direct = openPipes(here, (_bytes, length) => {
      seen.reads += 1;
      seen.bytes += length;
      seen.inThisTurn += 1;
      seen.most = Math.max(seen.most, seen.inThisTurn);
      // There is always more.
      if (seen.reads < 100) fill();
    });
    t.after(() => {
      direct.destroy();
      libc.close(there.read);
      libc.close(there.write);
    });
    fill();
    const nextTurn = (): void => {
      seen.inThisTurn = 0;
      if (seen.reads < 100) setImmediate(nextTurn);
    };
    nextTurn();
    await until('all is read', () => seen.reads >= 100 && seen.bytes === written);
    assert.ok(seen.most <= 2, `${seen.most} in a turn`);
  });

  it('gives all at once that one which is gone had written, and nothing more afterwards', async (t) => {
    const { direct, other, closed, read } = bothDirect(t);
    direct.readRest();
    assert.equal(read(), 0);
    assert.equal(other.write(Buffer.alloc(SOME_BYTES)), true);
    // In this turn of the event loop, in which nobody else reads.
    direct.readRest();
    assert.equal(read(), SOME_BYTES);
    other.destroy();
    await closed;
    direct.readRest();
    assert.equal(read(), SOME_BYTES);
  });

  it('gives what one had written that is gone where that is found out by a write', async (t) => {
    const { direct, other, closed, read } = bothDirect(t);
    other.write(Buffer.alloc(SOME_BYTES));
    other.destroy();
    direct.write(Buffer.from('nobody reads this'));
    await closed;
    assert.equal(read(), SOME_BYTES);
  });

  it('closes where the other end is gone, whenever that is found out', async (t) => {
    const [direct, other] = pair(t);
    const closed = new Promise<void>((resolve) => void direct.on('close', () => resolve()));
    await other.gone();
    direct.write(Buffer.from('nobody reads this'));
    await closed;
    assert.equal(direct.write(Buffer.from('nor this')), false);
  });

  it('closes where the other end is gone and nothing is written', async (t) => {
    const [direct, other] = pair(t);
    const closed = new Promise<void>((resolve) => void direct.on('close', () => resolve()));
    await other.gone();
    await closed;
  });
});

describe('acceptPipes()', { skip }, () => {
  it('opens both pipes and closes what has brought them', async (t) => {
    const { here, invitation } = invitedPipes(loadLibc());
    const ends = acceptPipes(invitation);
    assert.ok(ends);
    assert.equal(invitation.fd, -1);
    let text = '';
    const direct = openPipes(here, () => {});
    const other = openPipes(ends, (bytes, length) => void (text += bytes.toString('utf8', 0, length)));
    t.after(() => {
      direct.destroy();
      other.destroy();
    });
    direct.write(Buffer.from('abc'));
    await until('it is there', () => text === 'abc');
  });

  it('gives nothing where this process has a descriptor for one of them alone, and both later', (t) => {
    const libc = loadLibc();
    const { here, invitation } = invitedPipes(libc);
    t.after(() => {
      libc.close(here.read);
      libc.close(here.write);
    });
    const free = libc.eventfd(0, 0);
    libc.close(free);
    const scarce = withMostDescriptors(free + 1, () => acceptPipes(invitation));
    assert.equal(scarce, undefined);
    // The one that came is closed again.
    assert.equal(existsSync(`/proc/self/fd/${free}`), false);
    const ends = acceptPipes(invitation);
    assert.ok(ends);
    libc.close(ends.read);
    libc.close(ends.write);
  });
});

const RLIMIT_NOFILE = 7;

/** Lowers the limit meanwhile. */
function withMostDescriptors<T>(most: number, deed: () => T): T {
  type Limit = (resource: number, limits: BigUint64Array) => number;
  const get = libcFunction<Limit>('int getrlimit(int, void *)');
  const set = libcFunction<Limit>('int setrlimit(int, void *)');
  const before = new BigUint64Array(2);
  assert.equal(get?.(RLIMIT_NOFILE, before), 0);
  assert.equal(set?.(RLIMIT_NOFILE, new BigUint64Array([BigInt(most), before[1] as bigint])), 0);
  try {
    return deed();
  } finally {
    assert.equal(set?.(RLIMIT_NOFILE, before), 0);
  }
}
