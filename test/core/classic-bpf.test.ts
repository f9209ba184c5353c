import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { encode, MAX_INSTRUCTIONS, op } from '../../src/core/classic-bpf.ts';
import type { Instruction } from '../../src/core/classic-bpf.ts';
import { runBpf } from '../support/bpf-interpreter.ts';

function run(...program: readonly Instruction[]): number {
  return runBpf(encode(program), { network: new Uint8Array([0x45, 0, 0, 7, 1, 2, 3, 4]), random: 12 });
}

describe('encode', () => {
  it('writes eight bytes for an instruction, little-endian', () => {
    const bytes = encode([op('ifEqual', 0x0102_0304, 5, 6), op('answer', -1)]);
    assert.deepEqual([...bytes], [0x15, 0, 5, 6, 4, 3, 2, 1, 6, 0, 0, 0, 255, 255, 255, 255]);
  });

  it('refuses what the kernel would refuse', () => {
    assert.throws(() => op('ifEqual', 0, 256), RangeError);
    assert.throws(() => op('ifEqual', 0, 0, 256), RangeError);
    const most = Array.from({ length: MAX_INSTRUCTIONS }, () => op('answer'));
    assert.equal(encode(most).byteLength, 8 * MAX_INSTRUCTIONS);
    assert.throws(() => encode([...most, op('answer')]), RangeError);
  });
});

describe('op', () => {
  it('loads from the packet and from what the kernel adds', () => {
    assert.equal(run(op('loadByte', -0x10_0000), op('answerA')), 0x45);
    assert.equal(run(op('loadWord', -0x10_0000 + 4), op('answerA')), 0x0102_0304);
    assert.equal(run(op('loadWord', -0x1000 + 56), op('answerA')), 12);
  });

  it('calculates with 32 bits', () => {
    const max = op('load', -1);
    assert.equal(run(max, op('copyToX'), op('addX'), op('answerA')), 2 ** 32 - 2);
    assert.equal(run(max, op('multiply', 2), op('answerA')), 2 ** 32 - 2);
    assert.equal(run(max, op('shiftRight', 28), op('answerA')), 15);
    assert.equal(run(max, op('xor', 0xff), op('answerA')), 0xffff_ff00);
    assert.equal(run(max, op('modulo', 10), op('answerA')), 5);
    assert.equal(run(op('load', 6), op('copyToX'), op('load', 5), op('xorX'), op('answerA')), 3);
  });

  it('keeps values', () => {
    const program = [op('load', 9), op('store', 3), op('load', 1), op('recall', 3), op('answerA')];
    assert.equal(run(...program), 9);
    const both = [op('load', 9), op('store', 15), op('load', 1), op('recallToX', 15), op('addX')];
    assert.equal(run(...both, op('answerA')), 10);
  });

  it('skips', () => {
    const ends = [op('answer', 1), op('answer', 2)];
    assert.equal(run(op('load', 6), op('ifEqual', 6, 0, 1), ...ends), 1);
    assert.equal(run(op('load', 7), op('ifEqual', 6, 0, 1), ...ends), 2);
    assert.equal(run(op('load', -1), op('ifAtLeast', 7, 1, 0), ...ends), 2);
    const greater = op('ifGreaterX', 0, 1, 0);
    assert.equal(run(op('load', 1), op('copyToX'), op('load', -1), greater, ...ends), 2);
    assert.equal(run(op('load', 1), op('copyToX'), greater, ...ends), 1);
    assert.equal(run(op('skip', 1), ...ends), 2);
  });
});
