import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { own } from '../../src/own.ts';
import { LoopDelayMeter } from '../../src/worker/loop-delay.ts';

describe('LoopDelayMeter', () => {
  it('tells the longest of a second, and of ten seconds what is rarely exceeded', (t) => {
    let nowMs = 0;
    let look: (() => void) | undefined;
    t.mock.method(own, 'now', () => nowMs);
    t.mock.method(own, 'setInterval', (callback: () => void) => {
      look = callback;
      return setTimeout(() => {}, 0);
    });
    const meter = new LoopDelayMeter();
    meter.start();
    /** Of 50 looks the first is late. */
    const second = (lateMs: number): ReturnType<LoopDelayMeter['take']> => {
      for (let i = 0; i < 50; i += 1) {
        nowMs += 20 + (i === 0 ? lateMs : 0);
        look?.();
      }
      return meter.take();
    };
    for (let i = 0; i < 9; i += 1) second(0);
    assert.deepEqual(second(100), { meanMs: 100 / 51, maxMs: 100, p99Ms: 0 });
    assert.deepEqual(second(0), { meanMs: 0, maxMs: 0, p99Ms: 0 });
    for (let i = 0; i < 9; i += 1) second(100);
    assert.deepEqual(second(100), { meanMs: 100 / 51, maxMs: 100, p99Ms: 100 });
    meter.stop();
  });
});
