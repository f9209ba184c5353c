import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { HeaderStart, headerText, readHeader } from '../../../src/together/header.ts';

const anyKey = fc.constantFrom('s', 't', 'n', 'ack', 'a:1', 'a"', '{"n":', '__proto__', '7', 'ü');
const anyValue = fc.oneof(
  fc.maxSafeNat(),
  fc.integer(),
  fc.double({ noDefaultInfinity: true, noNaN: true }),
  fc.boolean(),
  fc.constantFrom('x', 'a:1', ':5}', ':5', '\\', '":1'),
);

/** The fields one by one, as JSON has them. */
const anyFields = fc.array(fc.tuple(anyKey, anyValue), { maxLength: 4 });

function textOf(fields: readonly (readonly [string, unknown])[]): string {
  return `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
}

describe('readHeader()', () => {
  it('gives what JSON says, of one that is like another as well', () => {
    fc.assert(
      fc.property(anyFields, fc.array(anyValue, { minLength: 1, maxLength: 3 }), (fields, others) => {
        const last = fields.at(-1)?.[0] ?? 'n';
        for (const value of others) {
          const text = textOf([...fields.slice(0, -1), [last, value]]);
          const parsed = JSON.parse(text) as Record<string, unknown>;
          const header = readHeader(text);
          const keys = new Set(['s', 'none', 'toString', ...fields.map(([key]) => key), last]);
          for (const key of keys)
            assert.deepEqual(header?.get(key), Object.hasOwn(parsed, key) ? parsed[key] : undefined, text);
        }
      }),
    );
  });

  it('gives nothing of what is no object, though it begins or ends as another', () => {
    assert.equal(readHeader('{"s":"x","n":12}')?.get('n'), 12);
    for (const text of [
      '',
      '1}',
      ':1}',
      '{"s":"x","n":}',
      '{"s":"x","n":',
      '{"s":"x","n":007}',
      '{"s":"x","n":12]',
      '{"s":"x","n":12',
      '"n":12}',
      'null',
    ])
      assert.equal(readHeader(text), undefined, text);
  });

  it('is right beyond what it remembers', () => {
    const before = readHeader('{"s":"first","n":1}');
    for (let i = 0; i < 2000; i += 1)
      assert.equal(readHeader(`{"s":"${i}","t":"${'x'.repeat(i)}","n":${i}}`)?.get('n'), i);
    assert.equal(before?.get('n'), 1);
    assert.equal(readHeader('{"s":"first","n":2}')?.get('n'), 2);
  });

  it('reads what a header with a number is written as', () => {
    const start = new HeaderStart({ s: 'call', api: 'a "name":1}', m: 'warm' });
    for (const n of [0, 1, 2 ** 40]) {
      const header = readHeader(start.with(n));
      assert.deepEqual([header?.get('api'), header?.get('n')], ['a "name":1}', n]);
    }
    assert.equal(readHeader(headerText({ s: 'x', n: 5 }))?.get('n'), 5);
  });
});
