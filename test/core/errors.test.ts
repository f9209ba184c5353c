import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  badPort,
  ERROR_CODES,
  GrappoloError,
  invalidArgValue,
  unknownOption,
} from '../../src/core/errors.ts';

describe('GrappoloError', () => {
  it('carries its code, its name and its cause', () => {
    const cause = new Error('why');
    const error = new GrappoloError('ERR_GRAPPOLO_UNSUPPORTED_RUNTIME', 'Cannot run', { cause });
    assert(error instanceof Error);
    assert.equal(error.name, 'GrappoloError');
    assert.equal(error.code, 'ERR_GRAPPOLO_UNSUPPORTED_RUNTIME');
    assert.equal(error.cause, cause);
    assert.match(error.stack ?? '', /^GrappoloError|^Error: Cannot run/);
  });
});

describe('ERROR_CODES', () => {
  it('explains every code in a sentence', () => {
    for (const [code, meaning] of Object.entries(ERROR_CODES)) {
      assert.match(code, /^ERR_GRAPPOLO_[A-Z_]+$/);
      assert.match(meaning, /^\S.*\.$/);
    }
  });
});

describe('invalidArgValue', () => {
  it('is a TypeError with the code of Node that names the value and what is allowed', () => {
    const error = invalidArgValue('x', { a: 1 }, ['one', 'two']);
    assert(error instanceof TypeError);
    assert.equal(Reflect.get(error, 'code'), 'ERR_INVALID_ARG_VALUE');
    assert.equal(error.message, "The argument 'x' must be one of: one, two. Received { a: 1 }");
    const { message } = invalidArgValue('slot', 9, ['a slot from 0 to 1']);
    assert.equal(message, "The argument 'slot' must be a slot from 0 to 1. Received 9");
  });
});

describe('unknownOption', () => {
  it('has the same code, and says what may have been meant', () => {
    const error = unknownOption('options', 'worker', ['name', 'workers']);
    assert.equal(Reflect.get(error, 'code'), 'ERR_INVALID_ARG_VALUE');
    assert.equal(error.message, "There is no option 'options.worker'. Did you mean options.workers?");
    const { message } = unknownOption('options.ready', 'x', ['on', 'timeoutMs']);
    assert.equal(message, "There is no option 'options.ready.x'. It has: on, timeoutMs");
  });
});

describe('badPort', () => {
  it('is a RangeError with the code of Node', () => {
    const error = badPort('port', 'abc');
    assert(error instanceof RangeError);
    assert.equal(Reflect.get(error, 'code'), 'ERR_SOCKET_BAD_PORT');
    assert.equal(error.message, "port should be >= 0 and < 65536. Received 'abc'.");
  });
});
