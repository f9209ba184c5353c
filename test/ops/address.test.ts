import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { GrappoloError } from '../../src/core/errors.ts';
import { checkReach, parseOpsAddress } from '../../src/ops/address.ts';

const LOCAL = { allowRemote: false, hasToken: false };
const MAX_BYTES = process.platform === 'linux' ? 107 : 103;

describe('parseOpsAddress()', () => {
  for (const [text, host, port] of [
    ['127.0.0.1:9464', '127.0.0.1', 9464],
    ['[::1]:9464', '::1', 9464],
    ['localhost:9464', '127.0.0.1', 9464],
    ['LOCALHOST:0', '127.0.0.1', 0],
    ['0.0.0.0:65535', '0.0.0.0', 65_535],
    ['[::]:80', '::', 80],
  ] as const) {
    it(`reads ${text}`, () => {
      assert.deepEqual(parseOpsAddress(text), { type: 'tcp', host, port, text });
    });
  }

  it('reads a path', () => {
    assert.deepEqual(parseOpsAddress('unix:/run/api.sock'), {
      type: 'unix',
      path: '/run/api.sock',
      text: 'unix:/run/api.sock',
    });
  });

  it('takes a path as long as the kernel does, and no longer', () => {
    const longest = `/${'é'.repeat((MAX_BYTES - 1) / 2)}`;
    assert.equal(Buffer.byteLength(longest), MAX_BYTES);
    assert.equal(parseOpsAddress(`unix:${longest}`).type, 'unix');
    assert.throws(() => parseOpsAddress(`unix:${longest}a`), refusal(/has 108 bytes|has 104 bytes/));
  });

  for (const text of [
    '',
    '9464',
    ':9464',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '127.0.0.1:0x50',
    '127.0.0.1:94.64',
    '127.1:9464',
    '256.0.0.1:9464',
    '::1:9464',
    '[127.0.0.1]:9464',
    '[::g]:9464',
    'example.org:9464',
    'http://127.0.0.1:9464',
    ' 127.0.0.1:9464',
    '127.0.0.1:9464\n',
    'unix:',
    'unix:run/api.sock',
    'unix:/run/',
    'unix:/run/a\0b',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseOpsAddress(text),
        (error) => {
          assert(error instanceof GrappoloError);
          assert.equal(error.code, 'ERR_GRAPPOLO_OPS_ADDRESS');
          assert(error.message.startsWith(`Cannot use ops ${JSON.stringify(text)}: `), error.message);
          assert.match(
            error.message,
            /Allowed are 127\.0\.0\.1:PORT, \[::1\]:PORT, localhost:PORT and unix:\/PATH/,
          );
          return true;
        },
      );
    });
  }
});

describe('checkReach()', () => {
  for (const text of [
    '127.0.0.1:1',
    '127.9.9.9:1',
    '[::1]:1',
    '[0:0::1]:1',
    '[::ffff:127.0.0.1]:1',
    'unix:/a',
  ]) {
    it(`lets ${text} be`, () => checkReach(parseOpsAddress(text), LOCAL));
  }

  for (const text of [
    '0.0.0.0:1',
    '[::]:1',
    '10.0.0.1:1',
    '[::ffff:10.0.0.1]:1',
    '[fe80::1]:1',
    '128.0.0.1:1',
  ]) {
    it(`wants leave and a token for ${text}`, () => {
      const address = parseOpsAddress(text);
      assert.throws(
        () => checkReach(address, { allowRemote: false, hasToken: true }),
        refusal(/not allowed without .*\(--ops-allow-remote and --ops-token-file FILE\)$/),
      );
      assert.throws(
        () => checkReach(address, { allowRemote: true, hasToken: false }),
        refusal(/no token .*\(--ops-token-file FILE\)$/),
      );
      checkReach(address, { allowRemote: true, hasToken: true });
    });
  }

  it('wants a token wherever reading needs one', () => {
    const address = parseOpsAddress('127.0.0.1:1');
    assert.throws(() => checkReach(address, { allowRemote: true, hasToken: false }), refusal(/no token/));
  });
});

function refusal(message: RegExp): object {
  return { code: 'ERR_GRAPPOLO_OPS_ADDRESS', message };
}
