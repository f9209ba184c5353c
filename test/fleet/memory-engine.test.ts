import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { MemoryStore } from '../../packages/fleet/src/engine/memory-store.ts';
import { until } from '../support/load.ts';
import { engineContract, watched } from './engine-contract.ts';
import { MovedClock } from './moved-clock.ts';

engineContract('memory', (t, buckets) => {
  const store = new MemoryStore({ buckets });
  return {
    connect: async () => {
      const engine = store.connect();
      t.after(() => engine.close());
      return engine;
    },
  };
});

describe('the engine in memory', () => {
  const buckets = [{ name: 'b', ttlMs: 10_000 }];

  it('goes by the clock that it is given', async () => {
    const clock = new MovedClock();
    const engine = new MemoryStore({ buckets, clock }).connect();
    await engine.put('b', 'k', 1);
    clock.pass(9_999);
    assert.equal((await engine.get('b', 'k'))?.value, 1);
    clock.pass(1);
    assert.equal(await engine.get('b', 'k'), undefined);
    engine.listen('s', () => new Promise(() => undefined));
    const asked = engine.requestMany('s', 1, { timeoutMs: 500 });
    clock.pass(500);
    assert.deepEqual(await asked, []);
  });

  it('forgets everything by a restart, never gives a revision again, and says that it was away', async () => {
    const clock = new MovedClock();
    const store = new MemoryStore({ buckets, clock });
    const engine = store.connect();
    const changes: boolean[] = [];
    engine.onChange = (isUp) => void changes.push(isUp);
    const first = (await engine.put('b', 'k', 1)) ?? 0;
    store.restart();
    assert.deepEqual(changes, [false, true]);
    assert.equal(await engine.get('b', 'k'), undefined);
    assert.equal(await engine.put('b', 'k', 1, first), undefined);
    assert(((await engine.put('b', 'k', 1, 0)) ?? 0) > first);
  });

  it('cuts off one host, which is told all again when it is back', async () => {
    const store = new MemoryStore({ buckets });
    const [one, other] = [store.connect(), store.connect()];
    const seen = watched(one, 'b');
    one.setReachable(false);
    assert.deepEqual([one.isUp, other.isUp], [false, true]);
    await assert.rejects(one.get('b', 'k'), { code: 'ERR_FLEET_ENGINE_LOST' });
    const revision = await other.put('b', 'k', 1);
    one.setReachable(true);
    await until('what was missed', () => seen.length === 1);
    assert.deepEqual(seen, [['k', { value: 1, revision }]]);
  });
});
