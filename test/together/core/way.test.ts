import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import type { TextWay } from '../../../src/api/together.ts';
import { encodeFrame, rawBody, wholeFrame } from '../../../src/together/frames.ts';
import type { Frame } from '../../../src/together/frames.ts';
import { memoryWays, streamWay, textWay } from '../../../src/together/way.ts';
import type { StreamLike, Way } from '../../../src/together/way.ts';
import { until } from '../../support/load.ts';
import { makeFolder } from '../../support/temporary-folder.ts';

/** The bodies that come over a way, one after another. */
function received(way: Way): { text: string; ends: number } {
  const seen = { text: '', ends: 0 };
  way.onFrame = ({ body = '' }) => void (seen.text += rawBody(body).bytes.toString('latin1'));
  way.onEnd = () => void (seen.ends += 1);
  return seen;
}

const frameOf = (text: string): Frame => wholeFrame(1, '{}', text);

/** A frame of so many bytes in all. */
function frameOfBytes(bytes: number): Frame {
  const rest = bytes - encodeFrame(frameOf('')).length;
  return wholeFrame(1, '{}', { isJson: false, bytes: Buffer.alloc(rest, 'abc') });
}

/** A channel of text whose pieces leave when the test says so. */
class PlayedText implements TextWay {
  onData: ((data: string) => void) | undefined;
  readonly sent: { readonly data: string; readonly onSent: () => void }[] = [];
  left = 0;

  send(data: string, onSent: () => void): void {
    this.sent.push({ data, onSent });
  }

  get underway(): number {
    return this.sent.length - this.left;
  }

  leave(): void {
    const next = this.sent[this.left];
    this.left += 1;
    next?.onSent();
  }
}

const PIECE_BYTES = 48 * 1024;

function wayOf(socket: net.Socket): Way {
  return streamWay((onBytes) => {
    socket.on('data', onBytes);
    return socket;
  });
}

async function streamWays(t: TestContext): Promise<[Way, Way]> {
  const server = net.createServer();
  const path = join(makeFolder(t), 's');
  server.listen(path);
  await once(server, 'listening');
  const client = net.connect(path);
  const [accepted] = (await once(server, 'connection')) as [net.Socket];
  t.after(() => {
    client.destroy();
    accepted.destroy();
    server.close();
  });
  return [wayOf(client), wayOf(accepted)];
}

const pairs: Record<string, (t: TestContext) => Promise<[Way, Way]>> = {
  'memoryWays()': async () => Promise.resolve(memoryWays()),
  'streamWay()': streamWays,
};

for (const [what, open] of Object.entries(pairs)) {
  describe(what, () => {
    it('brings frames to the other end, in order, both ways', async (t) => {
      const [one, other] = await open(t);
      const [atOne, atOther] = [received(one), received(other)];
      for (const text of ['a', 'b', 'c']) {
        one.write(frameOf(text));
        other.write(frameOf(text.toUpperCase()));
      }
      assert.equal(atOther.text, '');
      await until('all is there', () => atOther.text === 'abc' && atOne.text === 'ABC');
    });

    it('ends at both ends, once, where one is closed', async (t) => {
      const [one, other] = await open(t);
      const [atOne, atOther] = [received(one), received(other)];
      one.close();
      one.close();
      assert.equal(atOne.ends, 0);
      await until('both have ended', () => atOne.ends > 0 && atOther.ends > 0);
      other.close();
      one.write(frameOf('late'));
      await turn();
      assert.deepEqual(
        [atOne, atOther],
        [
          { text: '', ends: 1 },
          { text: '', ends: 1 },
        ],
      );
    });
  });
}

describe('streamWay()', () => {
  it('says when there is no room, and when there is again', async (t) => {
    const [one, other] = await streamWays(t);
    const seen = received(other);
    let rooms = 0;
    one.onRoom = () => void (rooms += 1);
    const chunk = 'x'.repeat(2 ** 20);
    let written = 0;
    do written += chunk.length;
    while (one.write(frameOf(chunk)));
    assert.equal(rooms, 0);
    await until('all is there', () => seen.text.length === written && rooms === 1);
  });

  it('lives through errors of its socket: that ends', async () => {
    const listeners = new Map<string, (error: Error) => void>();
    const socket: StreamLike = {
      write: () => true,
      on: (event: string, listener: (error: Error) => void) => listeners.set(event, listener),
      destroy: () => {},
      ref: () => {},
      unref: () => {},
    };
    const seen = received(streamWay(() => socket));
    listeners.get('error')?.(new Error('reset'));
    assert.equal(seen.ends, 0);
    listeners.get('close')?.(new Error());
    assert.equal(seen.ends, 1);
    await turn();
  });
});

const timers = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

describe('memoryWays()', () => {
  it('lets others have their turn, however fast one answers the other', async () => {
    const [one, other] = memoryWays();
    let frames = 0;
    one.onFrame = () => void one.write(frameOf('a'));
    other.onFrame = () => {
      frames += 1;
      other.write(frameOf('b'));
    };
    one.write(frameOf('a'));
    for (let turns = 0; turns < 3; turns += 1) await turn();
    one.close();
    assert.ok(frames > 3 && frames < 1000, String(frames));
  });

  it('takes as long for each frame, however many wait', async () => {
    const [one, other] = memoryWays();
    const arrived = { frames: 0 };
    other.onFrame = () => void (arrived.frames += 1);
    const timeOf = async (count: number): Promise<number> => {
      arrived.frames = 0;
      const startMs = performance.now();
      for (let i = 0; i < count; i += 1) one.write(frameOf('a'));
      await until('all have arrived', () => arrived.frames === count);
      return (performance.now() - startMs) / count;
    };
    await timeOf(5000);
    const [few, many] = [await timeOf(5000), await timeOf(80_000)];
    assert(many < 10 * few, `${many} ms, and ${few} ms where there are few`);
  });

  it('gives what was written, though its memory is written again', async () => {
    const [one, other] = memoryWays();
    const seen = received(other);
    const bytes = Buffer.from('abc');
    one.write(wholeFrame(1, '{}', { isJson: false, bytes }));
    one.write(wholeFrame(2, '{}', { isJson: true, bytes }));
    bytes.fill('x');
    await turn();
    assert.equal(seen.text, 'abcabc');
  });

  it('brings at once what is written while it is corked, and what is written on that', () => {
    const [one, other] = memoryWays();
    const seen = received(one);
    other.onFrame = () => void other.write(frameOf('answer '));
    one.corked(() => {
      one.write(frameOf('a'));
      one.corked(() => void other.write(frameOf('b ')));
      assert.equal(seen.text, '');
    });
    assert.equal(seen.text, 'b answer ');
  });

  it('keeps what is written from nobody, though whoever writes it or is given it throws', async () => {
    const [one, other] = memoryWays();
    let got = 0;
    other.onFrame = () => {
      got += 1;
      if (got === 1) throw new Error('of the first');
    };
    const writeBoth = (): void => {
      one.write(frameOf('a'));
      one.write(frameOf('b'));
    };
    assert.throws(() => one.corked(writeBoth), /of the first/);
    assert.equal(got, 1);
    await turn();
    assert.equal(got, 2);
    const writeAndThrow = (): void => {
      writeBoth();
      throw new Error('of the writer');
    };
    assert.throws(() => one.corked(writeAndThrow), /of the writer/);
    await turn();
    assert.equal(got, 4);
  });

  it('keep this process running only while they are referenced', () => {
    const [way] = memoryWays();
    const before = timers();
    way.ref();
    way.ref();
    assert.equal(timers(), before + 1);
    way.unref();
    assert.equal(timers(), before);
    way.ref();
    way.close();
    assert.equal(timers(), before);
  });

  it('never keep it running once they are closed', () => {
    const [one, other] = memoryWays();
    const before = timers();
    one.close();
    one.ref();
    other.ref();
    const after = timers();
    one.unref();
    other.unref();
    assert.equal(after, before);
  });
});

describe('textWay()', () => {
  it('closes itself where what comes is no frame', async () => {
    const text = new PlayedText();
    const seen = received(textWay(text));
    text.onData?.(Buffer.alloc(20).toString('base64'));
    await turn();
    assert.deepEqual(seen, { text: '', ends: 1 });
  });

  it('sends pieces of 48 kB, of which one is under way at a time', () => {
    const text = new PlayedText();
    const way = textWay(text);
    const frames = [frameOfBytes(2 * PIECE_BYTES + 5), frameOf('end')];
    for (const frame of frames) way.write(frame);
    const sizes: number[] = [];
    while (text.underway > 0) {
      assert.equal(text.underway, 1);
      sizes.push(Buffer.from(text.sent.at(-1)?.data ?? '', 'base64').length);
      text.leave();
    }
    assert.deepEqual(sizes, [PIECE_BYTES, PIECE_BYTES, 5, encodeFrame(frameOf('end')).length]);
    const arrived = Buffer.concat(text.sent.map(({ data }) => Buffer.from(data, 'base64')));
    assert.ok(arrived.equals(Buffer.concat(frames.map(encodeFrame))));
  });

  it('has room as long as nothing waits, and says when all has left', () => {
    const text = new PlayedText();
    const way = textWay(text);
    let rooms = 0;
    way.onRoom = () => void (rooms += 1);
    assert.equal(way.write(frameOf('a')), true);
    assert.equal(way.write(frameOf('b')), false);
    text.leave();
    assert.equal(rooms, 0);
    text.leave();
    assert.equal(rooms, 1);
    assert.equal(way.write(frameOfBytes(PIECE_BYTES + 1)), false);
    text.leave();
    text.leave();
    assert.equal(rooms, 2);
  });

  it('gives what comes, until it is closed', async () => {
    const text = new PlayedText();
    const way = textWay(text);
    const seen = received(way);
    text.onData?.(encodeFrame(frameOf('abc')).toString('base64'));
    way.close();
    text.onData?.(encodeFrame(frameOf('late')).toString('base64'));
    assert.equal(seen.ends, 0);
    way.close();
    await turn();
    assert.deepEqual(seen, { text: 'abc', ends: 1 });
  });

  it('sends nothing more once it is closed', () => {
    const text = new PlayedText();
    const way = textWay(text);
    way.onRoom = () => assert.fail('there is room');
    way.write(frameOf('a'));
    way.write(frameOf('b'));
    way.close();
    text.leave();
    way.write(frameOf('c'));
    assert.equal(text.sent.length, 1);
  });
});
