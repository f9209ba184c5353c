import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { stackText } from '../../src/core/stack-text.ts';

const URLS = new Map([
  ['1', 'file:///srv/a%20b.mjs?v=1'],
  ['2', 'node:internal/timers'],
  ['3', 'file:///srv/a%2Fb.mjs'],
  ['4', ''],
]);

describe('stackText', () => {
  it('gives lines like those of error.stack, counted from 1', () => {
    const frames = ['1', '2', '3', '4', '5'].map((scriptId, line) => ({
      functionName: line === 1 ? '' : 'f',
      scriptId,
      line,
      column: 9,
    }));
    assert.equal(
      stackText(frames, URLS),
      [
        '    at f (/srv/a b.mjs:1:10)',
        '    at node:internal/timers:2:10',
        '    at f (file:///srv/a%2Fb.mjs:3:10)',
        '    at f (<anonymous>:4:10)',
        '    at f (<anonymous>:5:10)',
      ].join('\n'),
    );
  });

  it('gives 50 at most', () => {
    const frames = Array.from({ length: 51 }, (_, line) => ({
      functionName: 'f',
      scriptId: '2',
      line,
      column: 0,
    }));
    assert.match(stackText(frames, URLS), /^(?: {4}at .+\n){49} {4}at f \(node:internal\/timers:50:1\)$/);
  });
});
