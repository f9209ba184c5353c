import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import type { ProgramReport } from '../../src/api/operations.ts';
import { own } from '../../src/own.ts';
import { ProgramMetrics } from '../../src/supervisor/program-metrics.ts';
import type { MetricsSource } from '../../src/supervisor/program-metrics.ts';
import { limitMs } from '../support/limits.ts';

describe('ProgramMetrics', () => {
  it('asks those that have said anything, and takes what they said last', async () => {
    const programs = new ProgramMetrics();
    const [silent, one, other] = [new Source(0), new Source(1), new Source(2)];
    programs.hear(one, '[1]', undefined);
    programs.hear(other, '[2]', undefined);
    const collected = programs.collect();
    assert.deepEqual([silent.asked.length, one.asked.length, other.asked.length], [0, 1, 1]);
    programs.hear(one, '[10]', one.asked[0]);
    programs.hear(other, '[20]', other.asked[0]);
    assert.deepEqual(seen(await collected), { workers: ['1 true [10]', '2 true [20]'], retired: [] });
  });

  it('does not wait for one that is silent, nor asks it again', async () => {
    const programs = new ProgramMetrics();
    const [silent, well] = [new Source(0), new Source(1)];
    programs.hear(silent, '[1]', undefined);
    programs.hear(well, '[2]', undefined);
    const startMs = performance.now();
    for (let round = 1; round <= 2; round += 1) {
      const collected = programs.collect();
      programs.hear(well, '[2]', well.asked.at(-1));
      assert.deepEqual(seen(await collected).workers, ['0 false [1]', '1 true [2]']);
      assert.deepEqual([silent.asked.length, well.asked.length], [1, round]);
    }
    assert(performance.now() - startMs < limitMs(3000));
    const third = programs.collect();
    programs.hear(silent, '[3]', silent.asked[0]);
    programs.hear(well, '[2]', well.asked.at(-1));
    assert.deepEqual(seen(await third).workers, ['0 true [3]', '1 true [2]']);
  });

  it('asks one again after 10 s that could not answer', async (t) => {
    let nowMs = 0;
    t.mock.method(own, 'now', () => nowMs);
    const programs = new ProgramMetrics();
    const failing = new Source(0);
    programs.hear(failing, '[1]', undefined);
    await programs.collect();
    nowMs += 9999;
    await programs.collect();
    assert.equal(failing.asked.length, 1);
    nowMs += 1;
    const collected = programs.collect();
    assert.equal(failing.asked.length, 2);
    programs.hear(failing, '[2]', failing.asked.at(-1));
    assert.deepEqual(seen(await collected).workers, ['0 true [2]']);
  });

  it('waits no longer for one that ends, and keeps its sums', async () => {
    const programs = new ProgramMetrics();
    const source = new Source(0);
    programs.hear(source, counted(5), undefined);
    const collected = programs.collect();
    programs.ended(source);
    const { workers, retired } = await collected;
    assert.deepEqual([workers.length, valuesOf(retired)], [0, [5]]);
    const successor = new Source(0);
    programs.hear(successor, counted(3), undefined);
    programs.ended(successor);
    assert.deepEqual(valuesOf((await programs.collect()).retired), [8]);
  });

  it('counts one that has left by its sums alone, once, and does not ask it', async () => {
    const programs = new ProgramMetrics();
    const source = new Source(0);
    programs.hear(source, counted(5), undefined);
    source.isConnected = false;
    for (let round = 0; round < 2; round += 1) {
      const { workers, retired } = await programs.collect();
      assert.deepEqual([workers, valuesOf(retired), source.asked], [[], [5], []]);
    }
    programs.ended(source);
    assert.deepEqual(valuesOf((await programs.collect()).retired), [5]);
  });

  it('forgets the oldest of too many sets of labels, counts them and says so once', async (t) => {
    const warning = t.mock.method(process, 'emitWarning', () => {});
    const programs = new ProgramMetrics();
    const end = (pids: readonly number[]): void => {
      const source = new Source(0);
      const all = { name: 'all', type: 'counter', values: [{ labels: {}, value: pids.length }] };
      const each = {
        name: 'each',
        type: 'counter',
        values: pids.map((pid) => ({ labels: { pid }, value: 1 })),
      };
      programs.hear(source, JSON.stringify([all, each]), undefined);
      programs.ended(source);
    };
    end(Array.from({ length: 1000 }, (_, index) => index));
    end(Array.from({ length: 1000 }, (_, index) => 1000 + index));
    for (let pid = 2000; pid < 2010; pid += 1) end([pid]);
    const { retired, forgotten } = await programs.collect();
    assert.equal(forgotten, 10);
    const [all, ...each] = valuesOf(retired);
    assert.deepEqual([all, each.length], [2010, 2000]);
    assert.match(retired[0]?.json ?? '', /"pid":"1000"/);
    assert.doesNotMatch(retired[0]?.json ?? '', /"pid":"999"/);
    assert.equal(warning.mock.callCount(), 1);
  });

  it('asks once for all who ask at once', async () => {
    const programs = new ProgramMetrics();
    const source = new Source(0);
    programs.hear(source, '[]', undefined);
    const both = Promise.all([programs.collect(), programs.collect()]);
    await turn();
    programs.hear(source, '[]', source.asked[0]);
    await both;
    assert.equal(source.asked.length, 1);
  });
});

class Source implements MetricsSource {
  readonly member: MetricsSource['member'];
  readonly name = { id: 1 };
  readonly asked: number[] = [];
  isConnected = true;
  readonly worker = { isConnected: (): boolean => this.isConnected };

  constructor(slot: number) {
    this.member = { slot };
  }

  collect(ack: number): void {
    this.asked.push(ack);
  }
}

function counted(value: number): string {
  return JSON.stringify([{ name: 'c', type: 'counter', values: [{ labels: {}, value }] }]);
}

function seen({ workers, retired }: ProgramReport): { workers: string[]; retired: unknown } {
  return { workers: workers.map(({ slot, isFresh, json }) => `${slot} ${isFresh} ${json}`), retired };
}

function valuesOf(retired: ProgramReport['retired']): unknown[] {
  return retired.flatMap(({ json }) =>
    (JSON.parse(json) as { values: { value: number }[] }[]).flatMap(({ values }) =>
      values.map(({ value }) => value),
    ),
  );
}
