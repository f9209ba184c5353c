import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import type { Scheduler, WorkerSnapshot } from '../../src/schedulers/scheduler.ts';
import { workersOf } from './fake-workers.ts';

/** More turns than any fair scheduler needs until each of a few workers had one. */
const PATIENCE = 400;

/** What holds for every scheduler; each one's test runs it. */
export function schedulerContract(create: () => Scheduler): void {
  const anyIds = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 });
  const anyWorkers = anyIds.chain((ids) =>
    fc
      .array(
        fc.record({
          room: fc.constantFrom('now', 'soon', 'later'),
          connections: fc.nat(5),
          delayMs: fc.double({ min: 0, max: 50, noNaN: true }),
        }),
        { minLength: ids.length, maxLength: ids.length },
      )
      .map((loads) => workersOf(ids, Object.fromEntries(ids.map((id, i) => [id, loads[i] ?? {}])))),
  );

  describe(`the scheduler contract, kept by ${create().name}`, () => {
    it('has a name', () => assert.match(create().name ?? '', /^[a-z][a-z-]*$/));

    it('picks one of the workers or waits, as they come and go, and their loads change', () => {
      fc.assert(
        fc.property(fc.array(anyWorkers, { maxLength: 40 }), (turns) => {
          const scheduler = create();
          for (const [turn, workers] of turns.entries()) {
            const picked = pick(scheduler, workers, turn);
            assert(picked === 'wait' || workers.some(({ id }) => id === picked), `picked ${picked}`);
          }
        }),
      );
    });

    it('does not wait where every worker has room', () => {
      fc.assert(
        fc.property(anyIds, fc.nat(), (ids, client) => {
          assert.notEqual(pick(create(), workersOf(ids), client), 'wait');
        }),
      );
    });

    it('starves no worker that can always take a connection', () => {
      fc.assert(
        fc.property(anyIds, (ids) => {
          const scheduler = create();
          const turns = Array.from({ length: PATIENCE }, (_, turn) => pick(scheduler, workersOf(ids), turn));
          for (const id of ids) assert(turns.includes(id), `${id} of ${ids.join()} was never picked`);
        }),
      );
    });

    it('starves no worker while others come and go', () => {
      const steady = 6;
      fc.assert(
        fc.property(fc.array(anyIds, { minLength: PATIENCE, maxLength: PATIENCE }), (turns) => {
          const scheduler = create();
          const picked = turns.map((ids, turn) =>
            pick(scheduler, workersOf([...new Set([...ids, steady])]), turn),
          );
          assert(picked.includes(steady));
        }),
        { numRuns: 20 },
      );
    });

    it('picks the only worker', () => {
      fc.assert(
        fc.property(anyIds, (ids) => {
          const scheduler = create();
          for (const id of ids) assert.equal(pick(scheduler, workersOf([id]), id), id);
        }),
      );
    });

    it('says what it needs', () => {
      for (const need of create().needs ?? []) assert(['load', 'address'].includes(need), need);
    });
  });
}

/** Each turn is another client's. */
function pick(scheduler: Scheduler, workers: readonly WorkerSnapshot[], turn: number): number | 'wait' {
  return scheduler.pick(workers, { remoteAddress: `10.0.${(turn >> 8) & 255}.${turn & 255}` });
}
