import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Gathering } from '../../../src/together/calls/gathering.ts';

describe('what is gathered', () => {
  it('is complete when all have answered, in the order of the slots', () => {
    const gathering = new Gathering();
    gathering.asked([
      [7, 1],
      [8, 0],
    ]);
    gathering.take({ id: 7, value: 'seven' });
    assert.deepEqual([gathering.isComplete, gathering.gathered.missing], [false, [0]]);
    gathering.take({ id: 8, error: 'a text' });
    const { results, errors, missing } = gathering.gathered;
    assert.deepEqual([gathering.isComplete, [...results], missing], [true, [[1, 'seven']], []]);
    assert.deepEqual(
      [...errors].map(([slot, { message, cause }]) => [slot, message, cause]),
      [[0, "'a text'", 'a text']],
    );
  });

  it('has answers that come before it is known who was asked', () => {
    const gathering = new Gathering();
    gathering.take({ id: 7, value: 'seven' });
    assert.deepEqual([gathering.isKnown, gathering.isComplete], [false, false]);
    gathering.asked([[7, 0]]);
    assert.deepEqual([gathering.isComplete, [...gathering.gathered.results]], [true, [[0, 'seven']]]);
  });

  it('is complete where nobody was there, and takes nothing twice or from others', () => {
    const nobody = new Gathering();
    nobody.asked([]);
    assert.equal(nobody.isComplete, true);
    const gathering = new Gathering();
    gathering.asked([[7, 0]]);
    for (const answer of [
      { id: 9, value: 1 },
      { id: 7, value: 2 },
      { id: 7, value: 3 },
    ])
      gathering.take(answer);
    assert.deepEqual([...gathering.gathered.results], [[0, 2]]);
  });
});
