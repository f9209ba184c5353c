import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { addressKey, ListenerIndexes } from '../../src/core/listener-index.ts';

describe('ListenerIndexes', () => {
  it('gives the n-th listen of every worker the same number', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 20 }),
        fc.integer({ min: 2, max: 4 }),
        (listens, workers) => {
          const answers = Array.from({ length: workers }, () => {
            const indexes = new ListenerIndexes();
            return listens.map((address) => indexes.take(address));
          });
          const expected = listens.map(
            (address, at) => listens.slice(0, at).filter((earlier) => earlier === address).length,
          );
          for (const answer of answers) assert.deepEqual(answer, expected);
        },
      ),
    );
  });

  it('always takes the smallest free number, whatever was released before', () => {
    const step = fc.record({
      address: fc.constantFrom('a', 'b'),
      release: fc.option(fc.nat(5), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const indexes = new ListenerIndexes();
        const model = new Map<string, number[]>([
          ['a', []],
          ['b', []],
        ]);
        for (const { address, release } of steps) {
          const taken = model.get(address) ?? [];
          if (release === undefined) {
            const expected = Array.from({ length: taken.length + 1 }, (_, i) => i).find(
              (i) => !taken.includes(i),
            );
            const index = indexes.take(address);
            assert.equal(index, expected);
            taken.push(index);
          } else {
            indexes.release(address, release);
            if (taken.includes(release)) taken.splice(taken.indexOf(release), 1);
          }
        }
      }),
    );
  });
});

describe('addressKey', () => {
  it('takes null, undefined and -1 for the same descriptor, and no port for -1', () => {
    const base = { address: null, port: null, addressType: 4 };
    const same = [
      base,
      { ...base, fd: undefined },
      { ...base, fd: null },
      { ...base, fd: -1 },
      { ...base, port: -1 },
    ];
    assert.equal(new Set(same.map(addressKey)).size, 1);
  });

  it('tells apart whatever differs in address, port, type or descriptor', () => {
    const query = fc.record({
      address: fc.string({ minLength: 1, unit: fc.constantFrom('|', '#', '-', '1', 'a') }),
      port: fc.integer({ min: -1, max: 3 }),
      addressType: fc.constantFrom<number | string>(4, 6, -1, 'udp4', 'udp6'),
      fd: fc.integer({ min: -1, max: 3 }),
    });
    fc.assert(
      fc.property(query, query, (one, other) => {
        const isSame =
          one.address === other.address &&
          one.port === other.port &&
          one.addressType === other.addressType &&
          one.fd === other.fd;
        assert.equal(addressKey(one) === addressKey(other), isSame);
      }),
    );
  });
});
