import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  call,
  channel,
  contract,
  every,
  gather,
  limiter,
  rateLimitStore,
  runOnce,
} from '../../../src/together.ts';

const cache = contract<{ warm(): number }>('cache');
const job = (): void => {};

/** As programs without types may call them. */
const CALLS: Readonly<Record<string, (options: never) => unknown>> = {
  'channel()': (options) => channel('c', options),
  'call()': (options) => call(cache, 'any', options),
  'gather()': (options) => gather(cache, options),
  'every()': (options) => every('j', 1000, options, job),
  'runOnce()': async (options) => runOnce('j', options, job),
  'limiter()': (options) => limiter('l', options),
  'take() of a limiter': async (options) => limiter('l', { points: 1, perMs: 1 }).take('k', 1, options),
  'rateLimitStore()': (options) => rateLimitStore('l', options),
};

describe('the options of grappolo/together', () => {
  for (const [name, made] of Object.entries(CALLS)) {
    it(`of ${name} are refused where there is none of that name`, async () => {
      await assert.rejects(async () => made({ scop: 'fleet' } as never), {
        code: 'ERR_INVALID_ARG_VALUE',
        message: /^There is no option 'options\.scop'\. (?:Did you mean options\.scope\?|It has: )/,
      });
      await assert.rejects(async () => made(7 as never), {
        code: 'ERR_INVALID_ARG_TYPE',
        message: 'The "options" argument must be an object. Received 7',
      });
    });
  }

  it('are told apart from the argument before them', () => {
    assert.throws(() => call('cache' as never, 'any'), {
      code: 'ERR_INVALID_ARG_TYPE',
      message: /^The "api" argument must be a contract\(\) of grappolo\/together\. Received 'cache'$/,
    });
  });
});
