import assert from 'node:assert/strict';
import http from 'node:http';
import { describe, it } from 'node:test';

import { limitMs } from '../support/limits.ts';
import { portOf, startUnder } from './started.ts';

interface Answer {
  readonly status: number | undefined;
  readonly left: number;
  readonly worker: string;
}

describe('rateLimitStore() in the middleware of express-rate-limit', () => {
  it('lets through exactly the limit, over all workers', async (t) => {
    const program = startUnder(t, 'rate-limit.mjs', { flags: [] });
    const port = await portOf(program, 'Grappolo port');
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask(port)));
    const allowed = answers.filter(({ status }) => status === 200);
    assert.equal(allowed.length, 20);
    // Not of those that were let through: one worker may have been the first with all of them.
    assert(new Set(answers.map(({ worker }) => worker)).size > 1, 'several workers have answered');
    assert(answers.filter((answer) => !allowed.includes(answer)).every(({ status }) => status === 429));
    assert.deepEqual(
      allowed.map(({ left }) => left).toSorted((one, other) => other - one),
      Array.from({ length: 20 }, (_, index) => 19 - index),
    );
    program.child.kill('SIGTERM');
    // What the package finds wrong with a store, it prints.
    assert.equal((await program.ended).stderr, '');
  });
});

async function ask(port: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(limitMs(10_000));
    const request = http.get({ host: '127.0.0.1', port, agent: false, signal }, (response) => {
      const { statusCode, headers } = response;
      response.resume().on('end', () =>
        resolve({
          status: statusCode,
          left: Number(headers['ratelimit-remaining']),
          worker: String(headers['x-worker']),
        }),
      );
    });
    request.on('error', reject);
  });
}
