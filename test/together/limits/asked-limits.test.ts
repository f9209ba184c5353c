import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { wholeFrame } from '../../../src/together/frames.ts';
import { Here } from '../../../src/together/here.ts';
import { Limits } from '../../../src/together/limits/limits.ts';
import { until } from '../../support/load.ts';
import { PlayedWay } from '../core/played-way.ts';

const ID = { kind: 'limiter', name: 'x' } as const;
const TERMS = { points: 3, perMs: 1000 };

function opened(): { readonly way: PlayedWay; readonly limits: Limits } {
  const way = new PlayedWay();
  const here = new Here({ id: 1, slot: 0, open: (onOpen) => onOpen(way) });
  return { way, limits: new Limits(here) };
}

describe('Limits', () => {
  it('keep this process running for as long as anybody waits', async () => {
    const { way, limits } = opened();
    const { signal, abort } = ending();
    const answered = limits.ask(ID, TERMS, ['add', 'k', 1], {});
    const aborted = limits.ask(ID, TERMS, ['add', 'k', 1], { signal });
    assert.equal(way.references.at(-1), 'ref');
    abort();
    await assert.rejects(aborted, { name: 'AbortError' });
    assert.equal(way.references.at(-1), 'ref');
    answer(way, await sent(way), '[[1,9,1]]');
    assert.deepEqual(await answered, [1, 9, 1]);
    assert.equal(way.references.at(-1), 'unref');
  });

  it('keep it running no longer where the primary does not answer, and hear nothing more', async () => {
    const { way, limits } = opened();
    const { signal, abort } = ending();
    const late = limits.ask(ID, TERMS, ['add', 'k', 1], { timeoutMs: 20 });
    const aborted = limits.ask(ID, TERMS, ['add', 'k', 1], { signal });
    const settled = Promise.allSettled([late, aborted]);
    const n = await sent(way);
    abort();
    assert.deepEqual(
      (await settled).map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.equal(way.references.at(-1), 'unref');
    const before = way.references.length;
    answer(way, n, '[[1,9,1],[2,9,0]]');
    assert.equal(way.references.length, before);
  });

  it('fail where the answer cannot be read', async () => {
    const { way, limits } = opened();
    const answered = limits.ask(ID, TERMS, ['add', 'k', 1], {});
    answer(way, await sent(way), 'none');
    await assert.rejects(answered, { code: 'ERR_GRAPPOLO_CANNOT_CLONE' });
    assert.equal(way.references.at(-1), 'unref');
  });
});

function ending(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

/** Waits until something was asked, and gives its number. */
async function sent(way: PlayedWay): Promise<number> {
  await until('it has been sent', () => way.messages.length > 0);
  return (JSON.parse(way.messages[0]?.header ?? '') as { readonly n: number }).n;
}

function answer(way: PlayedWay, ack: number, answers: string): void {
  way.onFrame?.(wholeFrame(1, { s: 'limit', ack }, answers));
}
