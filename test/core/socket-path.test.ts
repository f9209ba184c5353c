import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { bindablePath } from '../../src/core/socket-path.ts';

const LONG = `/${'x'.repeat(110)}`;
const ALIAS = { alias: '/proc/7/cwd/s.sock' };

describe('bindablePath', () => {
  for (const [what, given, expected] of [
    ['the absolute one where that fits', { absolute: '/a/s.sock', folder: '/a', ...ALIAS }, '/a/s.sock'],
    [
      'as many bytes as the kernel takes',
      { absolute: `/${'y'.repeat(106)}`, folder: '/' },
      `/${'y'.repeat(106)}`,
    ],
    ['a relative one', { absolute: `${LONG}/s.sock`, folder: LONG, ...ALIAS }, 's.sock'],
    ['a relative one that leads up', { absolute: `${LONG}/s.sock`, folder: `${LONG}/sub` }, '../s.sock'],
    ['another one', { absolute: `${LONG}/s.sock`, folder: '/elsewhere', ...ALIAS }, '/proc/7/cwd/s.sock'],
    [
      'the absolute one where none fits',
      { absolute: `${LONG}/s.sock`, folder: '/elsewhere' },
      `${LONG}/s.sock`,
    ],
    ['by bytes, not by letters', { absolute: `/${'ü'.repeat(60)}/s`, folder: `/${'ü'.repeat(60)}` }, 's'],
  ] as const) {
    it(`gives ${what}`, () => assert.equal(bindablePath(given), expected));
  }
});
