import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HandoverCounts } from '../../src/core/handover-counts.ts';

describe('HandoverCounts', () => {
  it('counts by slot', () => {
    const counts = new HandoverCounts();
    counts.handOver(2);
    counts.handOver(2);
    counts.takeBack(2);
    counts.handOver(0);
    assert.deepEqual(counts.of(2), { handedOver: 2, takenBack: 1 });
    assert.deepEqual(counts.of(0), { handedOver: 1, takenBack: 0 });
    assert.deepEqual(counts.of(1), { handedOver: 0, takenBack: 0 });
    assert.deepEqual(counts.slots, [0, 2]);
  });

  it('adds those of another one, which stay as they are', () => {
    const [one, other] = [new HandoverCounts(), new HandoverCounts()];
    one.handOver(1);
    one.accepted = 1;
    other.handOver(3);
    other.handOver(1);
    other.takeBack(1);
    other.accepted = 5;
    other.dropped = 2;
    one.add(other);
    assert.deepEqual([one.accepted, one.dropped, one.slots], [6, 2, [1, 3]]);
    assert.deepEqual(one.of(1), { handedOver: 2, takenBack: 1 });
    assert.deepEqual(one.of(3), { handedOver: 1, takenBack: 0 });
    assert.deepEqual([other.accepted, other.of(1).handedOver], [5, 1]);
  });
});
