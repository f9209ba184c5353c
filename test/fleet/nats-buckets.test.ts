import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Buckets } from '../../packages/fleet/src/engine/nats/buckets.ts';

type Parts = ConstructorParameters<typeof Buckets>;

const BUCKET = { name: 'kept', ttlMs: 5000 };

describe('Buckets', () => {
  it('looks again for a bucket that could not be found, and has nobody begin anew for that', async () => {
    let asked = 0;
    const info = async (): Promise<never> => {
      asked += 1;
      return Promise.reject(new Error('permissions violation'));
    };
    const manager = { streams: { info } } as unknown as Parts[1];
    const buckets = new Buckets({} as Parts[0], manager, 1);
    let forgotten = 0;
    buckets.onForgotten = () => (forgotten += 1);
    for (let i = 0; i < 2; i += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await assert.rejects(buckets.lifeOf(BUCKET), /permissions violation/);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await new Promise(setImmediate);
    }
    assert.deepEqual([asked, forgotten], [2, 0]);
  });
});
