import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { History } from '../../src/supervisor/history.ts';

describe('History', () => {
  it('counts the workers that a slot has lost, by the kind of their end', () => {
    const history = new History();
    history.lost(2, { kind: 'exit', code: 1 });
    history.lost(2, { kind: 'exit', code: 2 });
    history.lost(2, { kind: 'out-of-memory' });
    assert.deepEqual(history.lossesOf(2), { exit: 2, 'out-of-memory': 1 });
    assert.equal(history.restartsOf(2), 3);
    assert.deepEqual(history.lastEndOf(2)?.reason, { kind: 'out-of-memory' });
    assert.deepEqual([history.lossesOf(0), history.restartsOf(0), history.lastEndOf(0)], [{}, 0, undefined]);
    assert.deepEqual(history.slots, [2]);
  });

  it('counts reloads by their verdicts, and knows the last one', () => {
    const history = new History();
    history.reloadEnded({ verdict: 'done', generation: 1, tookMs: 10 });
    history.reloadEnded({ verdict: 'failed', generation: 2, tookMs: 20 });
    assert.deepEqual(history.reloads, { done: 1, failed: 1 });
    assert.equal(history.lastReload?.generation, 2);
    assert.equal(typeof history.lastReload?.atMs, 'number');
  });
});
