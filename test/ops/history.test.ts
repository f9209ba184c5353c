import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { History } from '../../src/ops/history.ts';

describe('History', () => {
  it('is empty at first', () => {
    assert.deepEqual(JSON.parse(new History().json), { samples: [], events: [] });
  });

  it('keeps the last 900 samples and 200 events, oldest first', () => {
    const history = new History();
    for (let i = 1; i <= 1000; i += 1) {
      history.addSample(`{"atMs":${i}}`);
      history.addEvent(`{"atMs":${i}}`);
    }
    const { samples, events } = JSON.parse(history.json) as Record<'samples' | 'events', { atMs: number }[]>;
    assert.deepEqual([samples.length, samples[0], samples.at(-1)], [900, { atMs: 101 }, { atMs: 1000 }]);
    assert.deepEqual([events.length, events[0], events.at(-1)], [200, { atMs: 801 }, { atMs: 1000 }]);
  });

  it('keeps no more than some length of each, and the last however long it is', () => {
    const history = new History(10);
    for (const text of ['1234', '5678', '90']) history.addEvent(text);
    history.addEvent('1');
    history.addSample('7'.repeat(20));
    assert.equal(history.json, `{"samples":[${'7'.repeat(20)}],"events":[5678,90,1]}`);
  });

  it('keeps the last sample whole, and those before briefly', () => {
    const history = new History();
    for (const each of [1, 2, 3]) history.addSample(`"whole ${each}"`, `"brief ${each}"`);
    assert.equal(history.json, '{"samples":["brief 1","brief 2","whole 3"],"events":[]}');
  });

  it('shows what has come since it was looked at', () => {
    const history = new History();
    assert.equal(history.json, history.json);
    history.addEvent('1');
    assert.equal(history.json, '{"samples":[],"events":[1]}');
    history.addSample('2');
    assert.equal(history.json, '{"samples":[2],"events":[1]}');
  });
});
