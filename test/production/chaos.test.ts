import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { runChaos } from './chaos/chaos.ts';

/** Other orders of events are played by `npm run soak`. */
const SEED = 20_261;

describe('grappolo start in chaos', () => {
  it('keeps what it promises while workers are killed, hang and are replaced', async (t) => {
    const { violations } = await runChaos(t, { seed: SEED, events: 50 });
    assert.deepEqual(violations, [], `npm run soak -- --row chaos --events 50 --seed ${SEED} plays it again`);
  });
});
