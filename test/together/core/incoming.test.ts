import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { MAX_BODY_BYTES } from '../../../src/together/body.ts';
import { encodeFrame, FrameReader, PIECE_BYTES, rawBody } from '../../../src/together/frames.ts';
import { IncomingReader } from '../../../src/together/incoming.ts';
import type { Incoming } from '../../../src/together/incoming.ts';
import { Outbox } from '../../../src/together/outbox.ts';
import { encodeAbort, encodeFirst, encodeNext, encodeWhole } from './encoded.ts';
import { PlayedWay } from './played-way.ts';

const raw = (text: string): { isJson: boolean; bytes: Buffer } => ({
  isJson: false,
  bytes: Buffer.from(text),
});

interface Reading {
  readonly reader: IncomingReader;
  readonly incoming: Incoming[];
  garbage: number;
  /** As a socket does it, which reads into one buffer again and again. */
  readonly push: (...frames: Buffer[]) => void;
}

function reading(onIncoming?: (incoming: Incoming) => void): Reading {
  const incoming: Incoming[] = [];
  const reader = new IncomingReader(
    (message) => {
      incoming.push(message);
      onIncoming?.(message);
    },
    () => void (made.garbage += 1),
  );
  const frameReader = new FrameReader(
    (frame) => reader.take(frame),
    () => assert.fail('no frame'),
  );
  const push = (...frames: Buffer[]): void => {
    for (const frame of frames) {
      const chunk = Buffer.from(frame);
      frameReader.push(chunk);
      chunk.fill(0xee);
    }
  };
  const made: Reading = { reader, incoming, garbage: 0, push };
  return made;
}

function bodiesOf(): { readonly bodies: string[]; readonly take: (incoming: Incoming) => void } {
  const bodies: string[] = [];
  return {
    bodies,
    take: (incoming) => incoming.whole((body) => bodies.push(rawBody(body).bytes.toString())),
  };
}

describe('IncomingReader', () => {
  it('gives the header of a message when that is here, and its body when all of it is', () => {
    const { bodies, take } = bodiesOf();
    const { incoming, push } = reading(take);
    push(encodeFirst(1, '{"s":"x","n":5}', raw('ab')));
    assert.equal(incoming[0]?.header.get('n'), 5);
    assert.equal(incoming[0]?.header.get('toString'), undefined);
    push(encodeNext(1, Buffer.from('cd'), false));
    assert.deepEqual(bodies, []);
    push(encodeNext(1, Buffer.from('ef'), true));
    assert.deepEqual(bodies, ['abcdef']);
  });

  it('says of which kind a body is', () => {
    const kinds: boolean[] = [];
    const { push } = reading((incoming) => incoming.whole((body) => kinds.push(rawBody(body).isJson)));
    push(encodeWhole(1, '{}', '1'), encodeWhole(2, '{}', raw('x')));
    push(
      encodeFirst(3, '{}', { isJson: true, bytes: Buffer.from('1') }),
      encodeNext(3, Buffer.from('2'), true),
    );
    push(encodeFirst(4, '{}', raw('1')), encodeNext(4, Buffer.from('2'), true));
    assert.deepEqual(kinds, [true, false, true, false]);
  });

  it('gives all messages that an outbox has sent, however many keys took turns', () => {
    const message = fc.record({ key: fc.constantFrom('a', 'b', 'c'), bytes: fc.nat(3 * PIECE_BYTES) });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), fc.integer({ min: 1, max: 100_000 }), (all, size) => {
        const outbox = new Outbox();
        const chunks: Buffer[] = [];
        all.forEach(({ key, bytes }, n) =>
          outbox.send(`{"n":${n}}`, { isJson: false, bytes: Buffer.alloc(bytes, n) }, { key }),
        );
        const way = new PlayedWay();
        way.write = (frame) => chunks.push(encodeFrame(frame)) > 0;
        outbox.open(way);
        const arrived: (Buffer | undefined)[] = all.map(() => undefined);
        const { push } = reading((incoming) => {
          const n = Number(incoming.header.get('n'));
          incoming.whole((body) => void (arrived[n] = Buffer.from(rawBody(body).bytes)));
        });
        const stream = Buffer.concat(chunks);
        for (let at = 0; at < stream.length; at += size) push(stream.subarray(at, at + size));
        all.forEach(({ bytes }, n) => assert.ok(arrived[n]?.equals(Buffer.alloc(bytes, n))));
      }),
      { numRuns: 30 },
    );
  });

  for (const header of ['', 'x', '1', 'null', '"s"', '{"s":']) {
    it(`takes a header that is no JSON object for garbage, and nothing afterwards: ${header}`, () => {
      const read = reading();
      const good = encodeWhole(1, '{}', '1');
      read.push(Buffer.concat([good, encodeWhole(2, header, '1'), good]), good);
      assert.equal(read.incoming.length, 1);
      assert.equal(read.garbage, 1);
    });
  }

  it('ignores pieces of what has not begun, and of what nobody has wanted', () => {
    const { incoming, push } = reading();
    push(encodeNext(9, Buffer.from('x'), false), encodeNext(9, Buffer.from('x'), true), encodeAbort(8));
    push(encodeFirst(1, '{}', raw('a')), encodeNext(1, Buffer.from('b'), true));
    assert.equal(incoming.length, 1);
  });
});

describe('Incoming', () => {
  it('never gives a body whose sender has given it up, or has ended', () => {
    const { bodies, take } = bodiesOf();
    const { reader, push } = reading(take);
    push(encodeFirst(1, '{}', raw('a')), encodeAbort(1), encodeNext(1, Buffer.from('b'), true));
    push(encodeFirst(2, '{}', raw('a')));
    reader.end();
    push(encodeNext(2, Buffer.from('b'), true));
    assert.deepEqual(bodies, []);
  });

  for (const [what, totalBytes] of Object.entries({
    right: 300_006,
    wrong: 5,
    'wrong, and far too much': 2 ** 32 - 1,
  })) {
    it(`puts a body together whose length it was told, which was ${what}`, () => {
      const { bodies, take } = bodiesOf();
      const { push } = reading(take);
      const pieces = ['ab', 'c'.repeat(300_000), 'de', 'fg'].map((text) => Buffer.from(text));
      const [first = Buffer.alloc(0), ...rest] = pieces;
      push(encodeFirst(1, '{}', { isJson: false, bytes: first }, totalBytes));
      for (const [i, piece] of rest.entries()) push(encodeNext(1, piece, i === rest.length - 1));
      assert.deepEqual(bodies, [Buffer.concat(pieces).toString()]);
    });
  }

  it('gives up a body that is too large, once, and says so', () => {
    const told: string[] = [];
    const { push } = reading((incoming) =>
      incoming.whole(
        () => told.push('body'),
        () => told.push('too large'),
      ),
    );
    const piece = Buffer.alloc(8 * 2 ** 20);
    push(encodeFirst(1, '{}', { isJson: false, bytes: piece }));
    for (let bytes = piece.length; bytes <= MAX_BODY_BYTES; bytes += piece.length) {
      assert.deepEqual(told, []);
      push(encodeNext(1, piece, false));
    }
    push(encodeNext(1, piece, true));
    assert.deepEqual(told, ['too large']);
  });

  it('is sent on piece by piece, to several', () => {
    const ways = [new PlayedWay(), new PlayedWay()];
    const outboxes = ways.map((way) => {
      const outbox = new Outbox();
      outbox.open(way);
      return outbox;
    });
    const { push } = reading((incoming) => incoming.forward(outboxes, '{"on":1}', {}));
    push(encodeFirst(1, '{}', raw('ab')));
    for (const way of ways) assert.equal(way.written.length, 1);
    push(encodeNext(1, Buffer.from('cd'), false), encodeNext(1, Buffer.from('ef'), true));
    push(encodeWhole(2, '{}', raw('gh')));
    for (const way of ways) {
      assert.equal(way.written.length, 4);
      assert.deepEqual(way.messages, [
        { header: '{"on":1}', body: 'abcdef' },
        { header: '{"on":1}', body: 'gh' },
      ]);
    }
  });

  it('is aborted where it was sent on to, once, when its sender ends', () => {
    const outbox = new Outbox();
    const way = new PlayedWay();
    outbox.open(way);
    let aborts = 0;
    const { reader, push } = reading((incoming) =>
      incoming.forward([outbox], '{}', { key: String(incoming.header.get('n')) }, () => void (aborts += 1)),
    );
    push(encodeFirst(1, '{"n":1}', raw('ab')), encodeFirst(2, '{"n":2}', raw('ab')), encodeAbort(2));
    push(encodeFirst(3, '{"n":3}', raw('ab')), encodeNext(3, Buffer.from('c'), true));
    assert.equal(aborts, 1);
    reader.end();
    reader.end();
    assert.equal(aborts, 2);
    assert.deepEqual(
      way.written.filter(({ isAborted }) => isAborted).map(({ stream }) => stream),
      [2, 1],
    );
    assert.equal(way.messages.length, 1);
  });
});
