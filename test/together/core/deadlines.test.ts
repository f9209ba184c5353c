import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { own } from '../../../src/own.ts';
import { Deadlines } from '../../../src/together/deadlines.ts';
import { until } from '../../support/load.ts';

describe('Deadlines', () => {
  it('tells of each that is over, not before its time, and of none that was taken out', async () => {
    const over = new Map<string, number>();
    const startMs = performance.now();
    const deadlines = new Deadlines<string>((item) => over.set(item, performance.now() - startMs));
    const out = deadlines.add('out', 20);
    deadlines.add('one', 60);
    deadlines.add('short', 20);
    deadlines.delete(out);
    deadlines.delete(out);
    await until('the short one is over', () => over.has('short'));
    // As long as the first of its row, but later.
    deadlines.add('late', 60);
    const addedMs = performance.now() - startMs;
    deadlines.add('for ever', Infinity);
    await until('all are over', () => over.size === 3);
    assert.deepEqual([...over.keys()], ['short', 'one', 'late']);
    assert((over.get('short') ?? 0) >= 19);
    assert((over.get('one') ?? 0) >= 59);
    assert((over.get('late') ?? 0) >= addedMs + 59);
  });

  it('gives places that lead to no other once they are taken out', () => {
    const deadlines = new Deadlines<object>(() => {});
    const first = deadlines.add({}, 1e6);
    let last = deadlines.add({}, 1e6);
    deadlines.delete(first);
    for (let i = 0; i < 10; i += 1) {
      const next = deadlines.add({}, 1e6);
      deadlines.delete(last);
      last = next;
    }
    assert.deepEqual([first?.before, first?.after], [undefined, undefined]);
    deadlines.delete(last);
  });

  it('keeps few timers of those that wait for no other as long', (t) => {
    const started = t.mock.method(own, 'setTimeout');
    const ended = t.mock.method(own, 'clearTimeout');
    const deadlines = new Deadlines<string>(() => {});
    for (let i = 0; i < 300; i += 1) {
      deadlines.delete(deadlines.add('one', 1e6 + i));
    }
    assert.equal(started.mock.callCount(), 300);
    assert(started.mock.callCount() - ended.mock.callCount() <= 64, String(ended.mock.callCount()));
  });
});
