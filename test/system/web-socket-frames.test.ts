import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { encodeFrame, FrameReader } from '../../src/system/web-socket-frames.ts';
import type { WebSocketMessage } from '../../src/system/web-socket-frames.ts';
import { readClientFrame, serverFrame } from './server-frame.ts';

const MAX_BYTES = 200_000;
const [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10];
const FIN = 0x80;

describe('encodeFrame', () => {
  it('masks, and writes the length in the shortest form', () => {
    for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]) {
      const data = Buffer.alloc(length, 'grappolo');
      const frame = encodeFrame(TEXT, data);
      assert.deepEqual(readClientFrame(frame), { opcode: TEXT, data, endsAt: frame.length });
    }
  });

  it('takes another mask each time', () => {
    const frames = new Set(
      Array.from({ length: 20 }, () => encodeFrame(TEXT, Buffer.alloc(8)).toString('hex')),
    );
    assert(frames.size > 1);
  });
});

describe('FrameReader', () => {
  it('reads every form of the length', () => {
    for (const form of [7, 16, 64] as const) {
      const frame = serverFrame(FIN | TEXT, Buffer.from('né'), form);
      assert.deepEqual(new FrameReader(MAX_BYTES).read(frame), [{ type: 'text', text: 'né' }]);
    }
  });

  it('reads the same in whatever frames and pieces it comes', () => {
    const texts = fc.array(
      fc.record({
        parts: fc.array(fc.string({ unit: 'grapheme', maxLength: 300 }), { minLength: 1, maxLength: 4 }),
        ping: fc.option(fc.uint8Array({ maxLength: 125 })),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(texts, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (messages, sizes) => {
        const frames: Buffer[] = [];
        const expected: WebSocketMessage[] = [];
        for (const { parts, ping } of messages) {
          parts.forEach((part, index) => {
            const isLast = index === parts.length - 1;
            const opcode = index === 0 ? TEXT : CONTINUATION;
            // What is about the connection may come between the parts of a message.
            if (isLast && ping)
              frames.push(
                serverFrame(FIN | PING, Buffer.from(ping)),
                serverFrame(FIN | PONG, Buffer.alloc(0)),
              );
            frames.push(serverFrame((isLast ? FIN : 0) | opcode, Buffer.from(part)));
          });
          if (ping) expected.push({ type: 'ping', data: Buffer.from(ping) });
          expected.push({ type: 'text', text: parts.join('') });
        }
        assert.deepEqual(readIn(Buffer.concat(frames), sizes), expected);
      }),
    );
  });

  it('joins the bytes of a character that two frames share', () => {
    const [first, second] = [Buffer.from([0xc3]), Buffer.from([0xa9])];
    const frames = Buffer.concat([serverFrame(TEXT, first), serverFrame(FIN | CONTINUATION, second)]);
    assert.deepEqual(new FrameReader(MAX_BYTES).read(frames), [{ type: 'text', text: 'é' }]);
  });

  it('takes what is as long as it may be, and refuses more before it comes', () => {
    const longest = serverFrame(FIN | TEXT, Buffer.alloc(MAX_BYTES, 'x'));
    assert.equal(readIn(longest, [65_536])[0]?.type, 'text');
    const tooLong = serverFrame(FIN | TEXT, Buffer.alloc(MAX_BYTES + 1)).subarray(0, 10);
    assert.throws(() => new FrameReader(MAX_BYTES).read(tooLong), /longer than 200000 bytes/);
    const inParts = Buffer.concat([
      serverFrame(TEXT, Buffer.alloc(MAX_BYTES)),
      serverFrame(FIN | CONTINUATION, Buffer.alloc(1)),
    ]);
    assert.throws(() => new FrameReader(MAX_BYTES).read(inParts), /longer than 200000 bytes/);
    // The next message begins at 0 again.
    assert.equal(readIn(Buffer.concat([longest, longest]), [1 << 20]).length, 2);
  });

  it('refuses what a server must not send', () => {
    const data = Buffer.from('x');
    const cases: Readonly<Record<string, Buffer>> = {
      extension: serverFrame(FIN | 0x40 | TEXT, data),
      masked: encodeFrame(TEXT, data),
      binary: serverFrame(FIN | BINARY, data),
      unknown: serverFrame(FIN | 0xb, data),
      'nothing to go on with': serverFrame(FIN | CONTINUATION, data),
      'another in the middle': Buffer.concat([serverFrame(TEXT, data), serverFrame(FIN | TEXT, data)]),
      'a long ping': serverFrame(FIN | PING, Buffer.alloc(126)),
      'a ping in parts': serverFrame(PING, data),
      'more than there is memory': Buffer.from([FIN | TEXT, 127, 255, 255, 255, 255, 255, 255, 255, 255]),
    };
    for (const [name, bytes] of Object.entries(cases)) {
      assert.throws(() => new FrameReader(MAX_BYTES).read(bytes), Error, name);
    }
  });

  it('tells of the end', () => {
    assert.deepEqual(new FrameReader(MAX_BYTES).read(serverFrame(FIN | CLOSE, Buffer.from([3, 232]))), [
      { type: 'close' },
    ]);
  });
});

/** What is read where the bytes come in pieces of these sizes, over and over. */
function readIn(bytes: Buffer, sizes: readonly number[]): WebSocketMessage[] {
  const reader = new FrameReader(MAX_BYTES);
  const messages: WebSocketMessage[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    messages.push(...reader.read(bytes.subarray(at, at + size)));
    at += size;
  }
  return messages;
}
