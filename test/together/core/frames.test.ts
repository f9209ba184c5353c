import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';

import * as fc from 'fast-check';

import {
  encodeFrame,
  encodeFrameInto,
  FrameReader,
  nextFrame,
  rawBody,
  wholeFrame,
} from '../../../src/together/frames.ts';
import { encodeAbort, encodeFirst, encodeNext, encodeWhole } from './encoded.ts';

/** A frame as a test compares it. */
interface Seen {
  readonly stream: number;
  readonly header: string | undefined;
  readonly totalBytes?: number | undefined;
  readonly isLast: boolean;
  readonly isAborted: boolean;
  readonly isJson: boolean;
  readonly body: string;
}

/** What came, copied: a frame is valid until its callback returns. */
interface Read {
  readonly frames: Seen[];
  garbage: number;
}

function readerOf(): { readonly read: Read; readonly push: (bytes: Buffer) => void } {
  const read: Read = { frames: [], garbage: 0 };
  const reader = new FrameReader(
    ({ header, body, ...rest }) => {
      assert.ok(body !== undefined && typeof header !== 'object');
      const { isJson, bytes } = rawBody(body);
      read.frames.push({ ...rest, header, isJson, body: bytes.toString('hex') });
    },
    () => void (read.garbage += 1),
  );
  // As a socket does it, which reads into one buffer again and again.
  const push = (bytes: Buffer): void => {
    const chunk = Buffer.from(bytes);
    reader.push(chunk);
    chunk.fill(0xee);
  };
  return { read, push };
}

function readCut(bytes: Buffer, sizes: readonly number[]): Read {
  const { read, push } = readerOf();
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    push(bytes.subarray(at, at + size));
    at += size;
  }
  return read;
}

interface Made {
  readonly bytes: Buffer;
  readonly seen: Seen;
}

const streams = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const bodies = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const headers = fc.string({ unit: 'grapheme', maxLength: 40 });
const texts = fc.string({ unit: 'grapheme', maxLength: 200 });

/** JSON is text. */
const jsonBytes = texts.map((text) => ({ isJson: true, bytes: Buffer.from(text) }));

const wholes: fc.Arbitrary<Made> = fc
  .tuple(
    streams,
    headers,
    fc.option(fc.oneof(texts, jsonBytes, fc.record({ isJson: fc.constant(false), bytes: bodies }))),
  )
  .map(([stream, header, option]) => {
    const body = option ?? undefined;
    const isText = typeof body === 'string';
    const bytes = isText ? Buffer.from(body) : (body?.bytes ?? Buffer.alloc(0));
    const isJson = isText || (body?.isJson ?? true);
    return {
      bytes: encodeWhole(stream, header, body),
      seen: {
        stream,
        header,
        isJson,
        body: bytes.toString('hex'),
        totalBytes: 0,
        isLast: true,
        isAborted: false,
      },
    };
  });

const pieces: fc.Arbitrary<Made> = fc
  .tuple(fc.constantFrom('first', 'next', 'last', 'abort'), streams, headers, bodies, fc.boolean())
  .map(([kind, stream, header, body, isJson]) => {
    const seen = { stream, totalBytes: 0, isLast: kind === 'last' || kind === 'abort' };
    const hex = body.toString('hex');
    switch (kind) {
      case 'first':
        return {
          bytes: encodeFirst(stream, header, { isJson, bytes: body }, stream),
          seen: { ...seen, totalBytes: stream, header, isJson, isAborted: false, body: hex },
        };
      case 'abort':
        return {
          bytes: encodeAbort(stream),
          seen: { ...seen, header: undefined, isJson: false, isAborted: true, body: '' },
        };
      default:
        return {
          bytes: encodeNext(stream, body, kind === 'last'),
          seen: { ...seen, header: undefined, isJson: false, isAborted: false, body: hex },
        };
    }
  });

const frameLists = fc.array(fc.oneof(wholes, pieces), { maxLength: 12 });

describe('encodeFrameInto()', () => {
  const bodiesOfAll = fc.option(fc.oneof(texts, fc.record({ isJson: fc.boolean(), bytes: bodies })), {
    nil: undefined,
  });

  it('makes the same as for itself, in memory that is used again', () => {
    const memory = Buffer.alloc(4096, 0xee);
    fc.assert(
      fc.property(streams, fc.option(headers), bodiesOfAll, fc.boolean(), (stream, header, body, isLast) => {
        const frame = { stream, header: header ?? undefined, body, isLast, isAborted: false };
        const length = encodeFrameInto(memory, frame);
        assert.deepEqual(memory.subarray(0, length), encodeFrame(frame));
      }),
    );
  });

  it('makes none where it may not fit', () => {
    const memory = Buffer.alloc(100);
    assert.equal(encodeFrameInto(memory, wholeFrame(1, '{}', 'x'.repeat(28))), undefined);
    assert.equal(typeof encodeFrameInto(memory, wholeFrame(1, '{}', 'x'.repeat(27))), 'number');
    const lengths = [91, 92].map((bytes) => encodeFrameInto(memory, nextFrame(1, Buffer.alloc(bytes), true)));
    assert.deepEqual(lengths, [100, undefined]);
  });
});

describe('FrameReader', () => {
  it('finds the same frames, however what arrives is cut', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(frameLists, sizes, (made, cut) => {
        const read = readCut(Buffer.concat(made.map(({ bytes }) => bytes)), cut);
        assert.deepEqual(read, { frames: made.map(({ seen }) => seen), garbage: 0 });
      }),
    );
  });

  it('finds them one byte at a time', () => {
    fc.assert(
      fc.property(frameLists, (made) => {
        const read = readCut(Buffer.concat(made.map(({ bytes }) => bytes)), [1]);
        assert.deepEqual(read, { frames: made.map(({ seen }) => seen), garbage: 0 });
      }),
      { numRuns: 30 },
    );
  });

  it('gives a frame as soon as its last byte is here', () => {
    const frame = encodeWhole(7, '{"s":"x"}', 'true');
    const { read, push } = readerOf();
    push(frame.subarray(0, -1));
    assert.equal(read.frames.length, 0);
    push(frame.subarray(-1));
    assert.equal(read.frames.length, 1);
  });

  it('finds the frames after one whose callback has thrown, also where nothing else comes', async () => {
    const found: number[] = [];
    const reader = new FrameReader(({ stream }) => {
      found.push(stream);
      if (stream === 1) throw new Error('not mine');
    }, assert.fail);
    const [one, two, three] = [1, 2, 3].map((stream) => encodeWhole(stream, '{}', 'true'));
    assert.ok(one && two && three);
    assert.throws(() => reader.push(Buffer.concat([one, two, three.subarray(0, 9)])), /not mine/);
    assert.deepEqual(found, [1]);
    await nextTurn();
    assert.deepEqual(found, [1, 2]);
    reader.push(three.subarray(9));
    assert.deepEqual(found, [1, 2, 3]);
  });

  it('takes any bytes, and says the same of them however they are cut', () => {
    const some = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    // Small lengths, so that what follows is looked at.
    const small = fc.tuple(fc.nat(40), some).map(([length, rest]) => {
      const bytes = Buffer.concat([Buffer.alloc(4), rest]);
      bytes.writeUInt32LE(length);
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(some, small), fc.integer({ min: 1, max: 20 }), (bytes, size) => {
        const read = readCut(bytes, [bytes.length + 1]);
        assert.ok(read.garbage <= 1);
        assert.deepEqual(readCut(bytes, [size]), read);
      }),
    );
  });

  const tooShort = Buffer.from([4, 0, 0, 0, 3, 1, 0, 0]);
  const tooLong = Buffer.from([1, 0, 0, 1, 3, 1, 0, 0, 0]);
  const headerTooLong = encodeWhole(1, '{}', undefined);
  headerTooLong.writeUInt32LE(3, 9);
  const noHeaderLength = Buffer.from([8, 0, 0, 0, 3, 1, 0, 0, 0, 0, 0, 0]);
  for (const [what, garbage] of Object.entries({ tooShort, tooLong, headerTooLong, noHeaderLength })) {
    it(`gives what came before garbage, tells of it once, and gives nothing afterwards: ${what}`, () => {
      const frame = encodeWhole(1, '{}', '1');
      for (const size of [1, 7, 1000]) {
        const read = readCut(Buffer.concat([frame, garbage, frame, frame]), [size]);
        assert.equal(read.frames.length, 1);
        assert.equal(read.garbage, 1);
      }
    });
  }
});
