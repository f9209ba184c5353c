import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { decodeBody } from '../../../src/together/body.ts';
import { decodeThrown, encodeThrown } from '../../../src/together/error-record.ts';

/** As it arrives. */
function travel(thrown: unknown): unknown {
  return decodeThrown(decodeBody(encodeThrown(thrown)));
}

function arrivedError(thrown: unknown): Error & { readonly code?: unknown } {
  const arrived = travel(thrown);
  assert(arrived instanceof Error);
  assert.equal(typeof arrived.name, 'string');
  assert.equal(typeof arrived.message, 'string');
  return arrived;
}

const retry = (): void => {};

function never(): never {
  throw new Error('not to be read');
}

const errorWith = (fields: object): Error => Object.assign(new Error('broken'), fields);
const errorThatThrowsAt = (...keys: string[]): Error => {
  const error = new Error('broken');
  // It is made when it is read for the first time, of the name and the message.
  assert.match(String(error.stack), /broken/);
  for (const key of keys) Object.defineProperty(error, key, { get: never });
  return error;
};

describe('encodeThrown and decodeThrown', () => {
  it('bring an error with its name, message, stack, code and causes', () => {
    const cause = errorWith({ code: 7 });
    const thrown = Object.assign(new TypeError('wrong', { cause }), { code: 'E_WRONG' });
    const arrived = arrivedError(thrown);
    const { name, message, stack, code } = thrown;
    assert.deepEqual(
      [arrived.name, arrived.message, arrived.stack, arrived.code],
      [name, message, stack, code],
    );
    assert(arrived.cause instanceof Error);
    assert.deepEqual([arrived.cause.message, Reflect.get(arrived.cause, 'code')], ['broken', 7]);
  });

  it('bring what is no error as it is, also what looks like a record', () => {
    for (const thrown of [
      'a text',
      undefined,
      null,
      { a: 1 },
      { isError: true },
      { isError: false, thrown: 1 },
    ])
      assert.deepEqual(travel(thrown), thrown);
  });

  it('tell in words what an error has in place of texts', () => {
    assert.match(arrivedError(errorWith({ message: { retry } })).message, /retry: \[Function/);
    assert.match(arrivedError(errorWith({ message: { toString: 1, valueOf: 1 } })).message, /toString: 1/);
    assert.equal(arrivedError(errorWith({ name: Symbol('own') })).name, 'Symbol(own)');
    assert.match(arrivedError(errorWith({ name: retry })).name, /Function: retry/);
    assert.match(String(arrivedError(errorWith({ stack: [{ retry }] })).stack), /retry/);
    const { message, code } = arrivedError(errorWith({ code: { retry } }));
    assert.equal(message, 'broken');
    assert.match(String(code), /retry/);
    assert.match(String(arrivedError(new Error('x', { cause: { retry } })).cause), /retry/);
  });

  it('tell in words what cannot be sent, though it looks like a record', () => {
    assert.match(String(travel({ isError: true, retry })), /retry/);
    assert.match(String(travel(retry)), /Function: retry/);
  });

  it('tell what can be read of an error that throws when it is read', () => {
    for (const key of ['name', 'stack', 'code', 'cause'])
      assert.equal(arrivedError(errorThatThrowsAt(key)).message, 'broken');
    const { name, message } = arrivedError(errorThatThrowsAt('message'));
    assert.deepEqual([name, message], ['Error', 'What was thrown cannot be told']);
    assert.equal(
      arrivedError(errorThatThrowsAt('name', 'message', 'stack', 'code', 'cause')).message,
      message,
    );
  });

  it('say so where nothing can be told', () => {
    for (const thrown of [
      new Proxy({}, { getPrototypeOf: never }),
      { retry, [Symbol.for('nodejs.util.inspect.custom')]: never },
    ])
      assert.equal(arrivedError(thrown).message, 'What was thrown cannot be told');
  });

  it('end where an error is its own cause', () => {
    const thrown = new Error('round');
    thrown.cause = thrown;
    assert.equal(arrivedError(thrown).message, 'round');
    assert.equal(arrivedError(Object.assign(thrown, { code: retry })).message, 'round');
  });

  it('never throw, whatever an error is made of', () => {
    const part = fc.oneof(
      fc.anything(),
      fc.constantFrom<unknown>(retry, Symbol('s'), { retry }, new Proxy({}, { get: never })),
    );
    const parts = fc.dictionary(
      fc.constantFrom('name', 'message', 'stack', 'code', 'cause', 'isError'),
      part,
    );
    fc.assert(
      fc.property(parts, fc.boolean(), (fields, isError) => {
        if (isError) arrivedError(errorWith(fields));
        else travel(fields);
      }),
    );
  });
});
