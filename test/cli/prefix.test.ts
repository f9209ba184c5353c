import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';

import { prefixed, showsColors } from '../../src/cli/prefix.ts';
import type { WorkerOutput } from '../../src/index.ts';

const OUTPUT: WorkerOutput = { slot: 2, pid: 4711, generation: 0, stream: 'stdout', line: 'hello' };

describe('prefixed', () => {
  it('names the slot', () => {
    assert.equal(prefixed(OUTPUT, { color: false, width: 1 }), '[2] hello');
    assert.equal(prefixed(OUTPUT, { color: false, width: 2 }), '[ 2] hello');
  });

  it('gives neighbouring slots different colours, and always the same', () => {
    const lines = Array.from({ length: 40 }, (_, slot) =>
      prefixed({ ...OUTPUT, slot }, { color: true, width: 1 }),
    );
    const colors = lines.map((line) => line.split('[', 2)[1]);
    assert.equal(new Set(colors).size, 7);
    for (const [slot, color] of colors.entries()) {
      if (slot > 0) assert.notEqual(color, colors[slot - 1]);
      if (slot > 6) assert.equal(color, colors[slot - 7]);
      assert.equal(stripVTControlCharacters(lines[slot] ?? ''), `[${slot}] hello`);
    }
  });

  it("keeps the program's own colours, which end with the line", () => {
    const line = 'a \u001B[35mred';
    assert(prefixed({ ...OUTPUT, line }, { color: true, width: 1 }).endsWith(`${line}\u001B[0m`));
    assert.equal(prefixed({ ...OUTPUT, line }, { color: false, width: 1 }), `[2] ${line}\u001B[0m`);
  });
});

const ANSWERS: readonly (readonly [isTTY: boolean, env: NodeJS.ProcessEnv, boolean])[] = [
  [true, { TERM: 'xterm-256color' }, true],
  [false, { TERM: 'xterm-256color' }, false],
  [true, { TERM: 'dumb' }, false],
  [true, { TERM: 'xterm', NO_COLOR: '1' }, false],
  [false, { TERM: 'xterm', FORCE_COLOR: '1' }, true],
  [true, { TERM: 'xterm', FORCE_COLOR: '0' }, false],
];

describe('showsColors', () => {
  for (const [isTTY, env, answer] of ANSWERS) {
    it(`is ${answer} for ${isTTY ? 'a terminal' : 'a pipe'} with ${JSON.stringify(env)}`, () => {
      assert.equal(showsColors(Object.assign(new Writable(), { isTTY }), env), answer);
    });
  }
});
