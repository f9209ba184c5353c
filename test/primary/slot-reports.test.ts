import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HandoverCounts } from '../../src/core/handover-counts.ts';
import { slotReports } from '../../src/primary/slot-reports.ts';

const nameOf = (listener: number): string => (listener < 3 ? 'tcp://a:1' : 'tcp://b:2');

function countsOf(handedOver: readonly number[]): HandoverCounts {
  const counts = new HandoverCounts();
  for (const slot of handedOver) counts.handOver(slot);
  return counts;
}

describe('slotReports()', () => {
  it('puts what workers counted beside what the primary did, by listener', () => {
    const connections = [
      { listener: 1, accepted: 3, open: 1 },
      // The same address, closed and opened again.
      { listener: 2, accepted: 4, open: 2 },
      { listener: 3, accepted: 9, open: 0 },
    ];
    const reports = slotReports(
      [{ slot: 1, ageMs: 5, cells: [1], connections }],
      [{ name: 'tcp://a:1', counts: countsOf([1, 1, 0]), waiting: 0 }],
      nameOf,
    );
    assert.deepEqual(reports, [
      {
        slot: 0,
        ageMs: undefined,
        cells: [],
        connections: [{ listener: 'tcp://a:1', handedOver: 1, takenBack: 0, accepted: 0, open: 0 }],
      },
      {
        slot: 1,
        ageMs: 5,
        cells: [1],
        connections: [
          { listener: 'tcp://a:1', handedOver: 2, takenBack: 0, accepted: 7, open: 3 },
          { listener: 'tcp://b:2', handedOver: 0, takenBack: 0, accepted: 9, open: 0 },
        ],
      },
    ]);
  });
});
