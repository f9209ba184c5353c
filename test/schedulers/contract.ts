import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import type { Scheduler } from '../../src/schedulers/scheduler.ts';

/** More turns than any fair scheduler needs until each of a few workers had one. */
const PATIENCE = 100;

/** What holds for every scheduler; each one's test runs it. */
export function schedulerContract(create: () => Scheduler): void {
  const anyIds = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 });

  describe(`the scheduler contract, kept by ${create().name}`, () => {
    it('has a name', () => assert.match(create().name, /^[a-z][a-z-]*$/));

    it('picks one of the candidates or waits, as they come and go', () => {
      fc.assert(
        fc.property(fc.array(anyIds, { maxLength: 40 }), (turns) => {
          const scheduler = create();
          for (const ids of turns) {
            const picked = pick(scheduler, ids);
            assert(picked === 'wait' || ids.includes(picked), `picked ${picked} of ${ids.join()}`);
          }
        }),
      );
    });

    it('starves no worker that can always take a connection', () => {
      fc.assert(
        fc.property(anyIds, (ids) => {
          const scheduler = create();
          const picked = new Set(Array.from({ length: PATIENCE }, () => pick(scheduler, ids)));
          for (const id of ids) assert(picked.has(id), `${id} of ${ids.join()} was never picked`);
        }),
      );
    });

    it('starves no worker while others come and go', () => {
      fc.assert(
        fc.property(fc.array(anyIds, { minLength: PATIENCE, maxLength: PATIENCE }), (turns) => {
          const scheduler = create();
          const steady = 6;
          const picked = turns.map((ids) => pick(scheduler, [...new Set([...ids, steady])]));
          assert(picked.includes(steady));
        }),
      );
    });

    it('picks the only candidate, and does not wait when it is alone', () => {
      fc.assert(
        fc.property(anyIds, (ids) => {
          const scheduler = create();
          for (const id of ids) assert.equal(pick(scheduler, [id]), id);
        }),
      );
    });

    it('keeps no state outside of itself', () => {
      fc.assert(
        fc.property(anyIds, (ids) => {
          const one = create();
          const other = create();
          pick(one, ids);
          const first = pick(create(), ids);
          assert.equal(pick(other, ids), first);
        }),
      );
    });
  });
}

/** Candidates that throw when they are changed. */
function pick(scheduler: Scheduler, ids: readonly number[]): number | 'wait' {
  return scheduler.pick(Object.freeze(ids.map((id) => Object.freeze({ id }))));
}
