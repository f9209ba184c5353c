import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isCellFree, nextNumber, Ring } from '../../src/protocol/ring.ts';

const LAST = 2 ** 29 - 1;

function setUp(): { one: Ring; other: Ring; words: Int32Array } {
  const words = new Int32Array(new SharedArrayBuffer(4096));
  return { one: new Ring(words), other: new Ring(words), words };
}

describe('Ring', () => {
  it('shows both sides what became of a connection', () => {
    const { one, other } = setUp();
    for (const number of [0, 1, 31, 32, LAST - 1, LAST]) {
      one.put(number);
      assert.equal(other.state(number), 'sent');
      assert(other.move(number, 'sent', 'taken'));
      assert.equal(one.state(number), 'taken');
      assert(other.move(number, 'taken', 'done'));
      assert.equal(one.state(number), 'done');
    }
  });

  it('gives a connection to one side only', () => {
    const { one, other } = setUp();
    one.put(1);
    assert(one.move(1, 'sent', 'revoked'));
    assert(!other.move(1, 'sent', 'taken'));
    one.put(2);
    assert(other.move(2, 'sent', 'done'));
    assert(!one.move(2, 'sent', 'revoked'));
  });

  it('knows nothing of a number whose cell is another one’s by now', () => {
    const { one, other } = setUp();
    one.put(5);
    one.put(5 + 32);
    assert.equal(other.state(5), undefined);
    assert(!other.move(5, 'sent', 'done'));
    assert.equal(other.state(5 + 32), 'sent');
  });

  it('knows nothing of any number in memory of zeros, and nothing false in any other', () => {
    const { one, words } = setUp();
    for (const number of [1, 32, LAST]) assert.equal(one.state(number), undefined);
    assert.equal(one.state(0), 'empty');
    words.fill(-1);
    assert.equal(one.state(1), undefined);
  });

  it('carries the window and the count of turns', () => {
    const { one, other } = setUp();
    assert.deepEqual([one.window, one.turns], [0, 0]);
    other.window = 7;
    other.countTurn();
    other.countTurn();
    assert.deepEqual([one.window, one.turns], [7, 2]);
  });
});

describe('nextNumber', () => {
  it('counts on, and begins again at 0', () => {
    assert.deepEqual([0, 1, LAST - 1, LAST].map(nextNumber), [1, 2, LAST, 0]);
  });
});

describe('isCellFree', () => {
  it('is false when the oldest is a whole round behind', () => {
    assert(isCellFree(36, 5));
    assert(!isCellFree(37, 5));
    assert(isCellFree(3, LAST - 27));
    assert(!isCellFree(4, LAST - 27));
  });
});
