import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { LineSplitter, MAX_LINE_LENGTH, RecentLines } from '../../src/supervisor/output-lines.ts';

/** What comes of these bytes in chunks that end at these places. */
function split(bytes: Buffer, cuts: readonly number[] = []): string[] {
  const splitter = new LineSplitter();
  const lines: string[] = [];
  let at = 0;
  for (const cut of [...cuts.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  )) {
    lines.push(...splitter.write(bytes.subarray(at, cut)));
    at = cut;
  }
  return [...lines, ...splitter.end()];
}

const anyLine = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replaceAll(/[\r\n]/g, ' '));
const anyEnd = fc.constantFrom('\n', '\r\n');
const anyCuts = fc.array(fc.nat(), { maxLength: 12 });

describe('LineSplitter', () => {
  it('finds the same lines however they are cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyLine, anyEnd)), anyLine, anyCuts, (lines, last, cuts) => {
        const text = lines.map(([line, end]) => line + end).join('') + last;
        const expected = [...lines.map(([line]) => line), ...(last === '' ? [] : [last])];
        assert.deepEqual(split(Buffer.from(text), cuts), expected);
      }),
    );
  });

  it('makes the same of any bytes at all, however they are cut', () => {
    const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(anyBytes, anyCuts, (bytes, cuts) => {
        const whole = bytes.toString('utf8').split(/\r?\n/);
        const last = whole.pop()?.replace(/\r$/, '') ?? '';
        assert.deepEqual(
          split(bytes, cuts),
          last === '' && !bytes.toString().endsWith('\r') ? whole : [...whole, last],
        );
      }),
    );
  });

  it('cuts a line that is too long into the same pieces, and loses nothing of it', () => {
    const anyTail = fc.string({ unit: fc.constantFrom('a', '\r', '🍇', 'é'), maxLength: 8 });
    fc.assert(
      fc.property(
        fc.constantFrom('', 'x'),
        fc.nat(3),
        anyTail,
        anyEnd,
        anyCuts,
        (head, times, tail, end, cuts) => {
          const line =
            `${head}${'🍇'.repeat((times * MAX_LINE_LENGTH) / 2 - Math.min(times, 2))}${tail}`.replace(
              /\r+$/,
              '',
            );
          const bytes = Buffer.from(`${line}${end}next`);
          const pieces = split(bytes, cuts);
          assert.deepEqual(pieces, split(bytes));
          assert.equal(pieces.pop(), 'next');
          assert.equal(pieces.join(''), line);
          for (const piece of pieces) {
            assert(piece.length <= MAX_LINE_LENGTH);
            assert.doesNotMatch(piece, /\p{Surrogate}/u);
          }
          if (line.length <= MAX_LINE_LENGTH) assert.equal(pieces.length, 1);
        },
      ),
    );
  });

  it('does not count the end of a line that just fits', () => {
    const line = 'x'.repeat(MAX_LINE_LENGTH);
    for (const end of ['', '\n', '\r', '\r\n']) {
      const bytes = Buffer.from(line + end);
      for (const cut of [bytes.length, MAX_LINE_LENGTH - 1, MAX_LINE_LENGTH, MAX_LINE_LENGTH + 1]) {
        assert.deepEqual(split(bytes, [cut]), [line]);
      }
      assert.deepEqual(split(Buffer.from(`${line}y${end}`)), [line, 'y']);
    }
    assert.deepEqual(split(Buffer.from(`${line}\ry\n`)), [line, '\ry']);
  });

  it('passes the pieces of an endless line on at once', () => {
    const splitter = new LineSplitter();
    const chunk = Buffer.alloc(1000, 'x');
    let passed = 0;
    for (let written = chunk.length; written <= 1_000_000; written += chunk.length) {
      for (const piece of splitter.write(chunk)) passed += piece.length;
      assert(written - passed <= MAX_LINE_LENGTH);
    }
  });

  it('gives the rest once', () => {
    const splitter = new LineSplitter();
    assert.deepEqual(splitter.write(Buffer.from([0x61, 0xe2, 0x82])), []);
    assert.deepEqual(splitter.end(), ['a\uFFFD']);
    assert.deepEqual(splitter.end(), []);
  });
});

describe('RecentLines', () => {
  it('keeps the last lines', () => {
    const recent = new RecentLines(3);
    for (const line of ['a', 'b', '', 'd', 'e']) recent.add(line);
    assert.deepEqual(recent.lines, ['', 'd', 'e']);
  });

  it('keeps 50 unless told otherwise', () => {
    const recent = new RecentLines();
    for (let line = 0; line < 80; line += 1) recent.add(String(line));
    assert.deepEqual([recent.lines.length, recent.lines[0]], [50, '30']);
  });

  it('never keeps more than 16 KiB, and of a longer line the beginning', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30_000), { minLength: 1, maxLength: 20 }), (lengths) => {
        const recent = new RecentLines();
        for (const [index, length] of lengths.entries()) recent.add(`${index}:${'x'.repeat(length)}`);
        assert(recent.lines.join('').length <= 16_384);
        assert(recent.lines.at(-1)?.startsWith(`${lengths.length - 1}:`));
      }),
    );
  });

  it('gives a copy', () => {
    const recent = new RecentLines();
    const { lines } = recent;
    recent.add('a');
    assert.deepEqual(lines, []);
  });
});
