import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import * as fc from 'fast-check';

import { decodeBody, encodeBody } from '../../../src/together/body.ts';
import type { Body } from '../../../src/together/frames.ts';
import { GrappoloError } from '../../../src/core/errors.ts';

/** As it arrives. */
function travel(value: unknown): unknown {
  return decodeBody(rawOf(encodeBody(value)));
}

function rawOf(body: Body): { isJson: boolean; bytes: Buffer } {
  return typeof body === 'string' ? { isJson: true, bytes: Buffer.from(body) } : body;
}

const oddValues = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
});

class Nameless {
  a = 1;

  get [Symbol.toStringTag](): string {
    throw new Error('it has no name');
  }
}

class Point {
  readonly x: number;
  #secret = 1;

  constructor(x: number) {
    this.x = x;
  }

  get secret(): number {
    return this.#secret;
  }
}

// Its types are the web's.
const { Module } = Reflect.get(globalThis, 'WebAssembly') as { Module: new (bytes: Uint8Array) => object };
/** The smallest. */
const MODULE = new Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));

const holedAndNamed: unknown[] = [];
holedAndNamed[1] = 1;
Object.assign(holedAndNamed, { name: 'x' });

const odd: Record<string, unknown> = {
  undefined,
  NaN,
  'negative zero': -0,
  Infinity: -Infinity,
  'undefined in an object': { a: undefined },
  'undefined in a list': [undefined, 1],
  Map: new Map<unknown, unknown>([[{ a: 1 }, new Set([1])]]),
  Set: new Set(['a', -0]),
  Date: new Date(0),
  BigInt: -(2n ** 70n),
  RegExp: /a+/giu,
  'typed array': new Float64Array([1, NaN]),
  'part of a typed array': new Uint16Array([1, 2, 3, 4]).subarray(1, 3),
  DataView: new DataView(new ArrayBuffer(8), 2, 3),
  ArrayBuffer: new Uint8Array([1, 2, 3]).buffer,
  'list with holes': Array(3),
  'list with as many names as holes': holedAndNamed,
  'list with names': Object.assign([1], { name: 'x' }),
  'own __proto__': JSON.parse('{"a":{"__proto__":{"b":1}}}') as unknown,
  'boxed number': Object(1) as unknown,
  'class instance': new Point(3),
  'class instance whose name cannot be read': new Nameless(),
  'no prototype': { __proto__: null, a: 1 },
  'lone surrogate': '\ud800 \u2028',
  'long text': 'ä'.repeat(100_000),
  'long name': { ['n'.repeat(100_000)]: 1 },
  'many parts': Array.from({ length: 1000 }, (_, i) => ({ i })),
  'symbol for a name': { [Symbol('a')]: 1, b: 2 },
  Error: new TypeError('broken', { cause: new Error('why') }),
  'own error class': Object.assign(new (class Own extends Error {})('x'), { code: 'E' }),
};

describe('encodeBody and decodeBody', () => {
  it('give what structuredClone() gives, of plain values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => assert.deepEqual(travel(value), structuredClone(value))),
    );
  });

  it('give what structuredClone() gives, of all kinds of values', () => {
    fc.assert(
      fc.property(oddValues, (value) => assert.deepEqual(travel(value), structuredClone(value))),
      { numRuns: 500 },
    );
  });

  for (const [what, value] of Object.entries(odd)) {
    it(`give what structuredClone() gives: ${what}`, () => {
      const arrived = travel(value);
      assert.deepEqual(arrived, structuredClone(value));
      assert.deepEqual(travel([value]), structuredClone([value]));
    });
  }

  it('keep a Buffer what it is', () => {
    const arrived = travel({ file: Buffer.from('abc') }) as { file: Buffer };
    assert.ok(Buffer.isBuffer(arrived.file));
    assert.equal(arrived.file.toString(), 'abc');
  });

  it('keep cycles', () => {
    const value: { list: unknown[]; self?: unknown } = { list: [] };
    value.self = value;
    value.list.push(value, value.list);
    const arrived = travel(value) as typeof value;
    assert.equal(arrived.self, arrived);
    assert.equal(arrived.list[0], arrived);
    assert.equal(arrived.list[1], arrived.list);
  });

  it('keep what is there twice one and the same', () => {
    const shared = { a: 1 };
    const arrived = travel({ one: shared, other: [shared] }) as { one: unknown; other: unknown[] };
    assert.equal(arrived.one, arrived.other[0]);
  });

  it('give what lies in memory of its own', () => {
    const { isJson, bytes } = rawOf(encodeBody({ file: Buffer.from('abc'), numbers: new Uint8Array([1]) }));
    const chunk = Buffer.from(bytes);
    const arrived = decodeBody({ isJson, bytes: chunk });
    chunk.fill(0);
    assert.deepEqual(arrived, { file: Buffer.from('abc'), numbers: new Uint8Array([1]) });
  });
});

describe('encodeBody', () => {
  it('uses JSON for what is small and plain', () => {
    assert.equal(encodeBody({ a: [1, 'x', null, true, {}] }), '{"a":[1,"x",null,true,{}]}');
    assert.equal(typeof encodeBody('x'.repeat(5000)), 'object');
    assert.equal(typeof encodeBody({ ['x'.repeat(5000)]: 1 }), 'object');
  });

  const throws = {
    get broken(): never {
      throw new Error('not today');
    },
  };
  const refused: Record<string, unknown> = {
    'a function': () => {},
    'a function in an object': { a: { b: () => {} } },
    'a symbol': Symbol('x'),
    'a symbol in a list': [1, Symbol('x')],
    'a promise': Promise.resolve(),
    'a WeakMap': { map: new WeakMap() },
    'a proxy': new Proxy({}, {}),
    'a WebAssembly.Module': MODULE,
    'a WebAssembly.Module in a list': [{ a: MODULE }],
    'what throws when it is read': throws,
    'what throws after much': [Array(100), throws],
  };
  for (const [what, value] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => encodeBody(value),
        (error) => {
          assert.ok(error instanceof GrappoloError);
          assert.equal(error.code, 'ERR_GRAPPOLO_CANNOT_CLONE');
          assert.doesNotMatch(error.message, /\.\. Send plain data/);
          assert.equal(error.name, 'DataCloneError');
          assert.match(error.message, /^Cannot send this value to another process: /);
          return true;
        },
      );
    });
  }
});

describe('decodeBody', () => {
  it('says with a code that it cannot read what was serialized in part', () => {
    const body = encodeBody([undefined, MODULE]);
    assert.throws(() => decodeBody(body), {
      code: 'ERR_GRAPPOLO_CANNOT_CLONE',
      name: 'DataCloneError',
      message: /^Cannot read this value of another process: /,
    });
  });
});

describe('encodeBody with programs that put toJSON on prototypes', () => {
  const prototypes: Record<string, object> = {
    Array: Array.prototype,
    Object: Object.prototype,
    String: String.prototype,
    Number: Number.prototype,
    Boolean: Boolean.prototype,
  };
  const remove = (): void => {
    for (const prototype of Object.values(prototypes)) Reflect.deleteProperty(prototype, 'toJSON');
  };
  afterEach(remove);

  const value = { list: [1, [2], { a: true }], text: 'x' };
  for (const [what, prototype] of Object.entries(prototypes)) {
    for (const enumerable of [false, true]) {
      it(`sends the same: ${what}.prototype.toJSON, ${enumerable ? 'listed' : 'hidden'}`, () => {
        Object.defineProperty(prototype, 'toJSON', {
          value: () => 'replaced',
          configurable: true,
          enumerable,
        });
        const body = rawOf(encodeBody(value));
        remove();
        assert.deepEqual(decodeBody(body), value);
      });
    }
  }
});
