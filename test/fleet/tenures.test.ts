import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Term } from '../../packages/fleet/src/protocol/term.ts';
import { type LogLine, tenuresOf } from './soak/tenures.ts';

function term(number: number, revision: number): Term {
  return { epoch: { number, id: `x-${number}` }, revision };
}

function line(type: 'begin' | 'end', pid: number, atMs: number, of: Term): LogLine {
  return { type, pid, ns: `${atMs}000000`, term: of };
}

describe('tenuresOf', () => {
  it('has each tenure in its order, until it was ended or its process killed', () => {
    const { tenures, overlaps, fallen } = tenuresOf([
      line('begin', 1, 10, term(1, 4)),
      line('begin', 2, 30, term(1, 7)),
      line('end', 1, 20, term(1, 4)),
      { type: 'kill', pid: 2, ns: '40000000' },
      line('begin', 3, 50, term(2, 1)),
    ]);
    assert.deepEqual(
      tenures.map(({ pid, beganMs, endedMs }) => [pid, beganMs, endedMs]),
      [
        [1, 10, 20],
        [2, 30, 40],
        [3, 50, undefined],
      ],
    );
    assert.deepEqual([overlaps, fallen], [0, 0]);
  });

  it('counts who began while another held it, and terms that did not grow', () => {
    const { overlaps, fallen } = tenuresOf([
      line('begin', 1, 10, term(2, 4)),
      line('begin', 2, 20, term(2, 4)),
      line('begin', 3, 30, term(1, 9)),
    ]);
    assert.deepEqual([overlaps, fallen], [2, 2]);
  });
});
