import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';

import { colorEnvironment } from '../../src/cli/worker-colors.ts';

const TERM = 'xterm-256color';

const ANSWERS: readonly (readonly [
  isTTY: boolean,
  env: NodeJS.ProcessEnv,
  own: NodeJS.ProcessEnv | undefined,
  answer: NodeJS.ProcessEnv,
])[] = [
  [true, { TERM }, undefined, { FORCE_COLOR: '2' }],
  [true, { TERM: 'xterm' }, { A: 'a' }, { FORCE_COLOR: '1' }],
  [true, { TERM, COLORTERM: 'truecolor' }, undefined, { FORCE_COLOR: '3' }],
  [true, { TERM: 'dumb' }, undefined, {}],
  [false, { TERM }, undefined, {}],
  [true, { TERM, NO_COLOR: '1' }, undefined, {}],
  [false, { TERM, FORCE_COLOR: '1' }, undefined, {}],
  [true, { TERM }, { NO_COLOR: '1' }, {}],
  [true, { TERM }, { FORCE_COLOR: undefined }, {}],
];

describe('colorEnvironment', () => {
  for (const [isTTY, env, own, answer] of ANSWERS) {
    const said = own ? `, and ${Object.keys(own).join()} for workers` : '';
    it(`is ${JSON.stringify(answer)} for ${isTTY ? 'a terminal' : 'a pipe'} with ${JSON.stringify(env)}${said}`, () => {
      assert.deepEqual(colorEnvironment(Object.assign(new Writable(), { isTTY }), env, own), answer);
    });
  }
});
