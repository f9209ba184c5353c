import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { cronSchedule } from '../../../src/together/once/cron.ts';
import { dueSince, everyMs } from '../../../src/together/once/schedule.ts';

describe('a schedule of ms', () => {
  it('is due after its ms, and not before', () => {
    assert.equal(dueSince(everyMs(10), 100, 109), undefined);
    assert.deepEqual(dueSince(everyMs(10), 100, 110), { atMs: 110, count: 1 });
    assert.deepEqual(dueSince(everyMs(10), 100, 139), { atMs: 130, count: 3 });
  });

  it('keeps its cadence, however late it is looked at', () => {
    const anyMs = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(anyMs, fc.array(fc.nat(5000), { maxLength: 20 }), (ms, delays) => {
        let lastMs = 0;
        let nowMs = 0;
        let count = 0;
        for (const delayMs of delays) {
          nowMs += delayMs;
          const due = dueSince(everyMs(ms), lastMs, nowMs);
          if (!due || due.count === 1000) continue;
          count += due.count;
          lastMs = due.atMs;
          assert.equal(lastMs, count * ms);
          assert(lastMs <= nowMs && lastMs + ms > nowMs);
        }
      }),
    );
  });

  it('counts no more than 1,000, and goes on from now', () => {
    assert.deepEqual(dueSince(everyMs(1), 0, 1000), { atMs: 1000, count: 1000 });
    assert.deepEqual(dueSince(everyMs(1), 0, 1e9), { atMs: 1e9, count: 1000 });
  });
});

describe('a schedule of a cron expression', () => {
  it('is due when it says', () => {
    const schedule = cronSchedule('0 3 * * *', 'UTC');
    const threeMs = Date.UTC(2026, 0, 2, 3);
    assert.equal(schedule.next(Date.UTC(2026, 0, 1, 12)), threeMs);
    assert.equal(schedule.next(threeMs), Date.UTC(2026, 0, 3, 3));
  });

  it('knows the time zone, and its summer', () => {
    const schedule = cronSchedule('0 12 * * *', 'Europe/Rome');
    assert.equal(schedule.next(Date.UTC(2026, 0, 1)), Date.UTC(2026, 0, 1, 11));
    assert.equal(schedule.next(Date.UTC(2026, 6, 1)), Date.UTC(2026, 6, 1, 10));
  });

  it('is due no more where it is over', () => {
    assert.equal(cronSchedule('2020-01-01T00:00:00', 'UTC').next(Date.UTC(2026, 0, 1)), undefined);
  });

  it('takes seconds, years and nicknames, and no words, for which nobody need install anything', () => {
    for (const expression of ['0 0 3 * * *', ' 0 0 3 * * * 2099 ', '@daily'])
      assert.equal(typeof cronSchedule(expression, 'UTC').next(0), 'number');
    assert.throws(() => cronSchedule('hello', undefined), /'hello', which has neither 5 nor 6 fields/);
  });

  for (const [expression, timeZone] of [
    ['every day', undefined],
    ['', undefined],
    ['61 * * * *', undefined],
    ['* * * * *', 'Europe/Nowhere'],
  ] as const) {
    it(`is refused as '${expression}' in ${timeZone ?? 'the zone of the system'}`, () => {
      assert.throws(() => cronSchedule(expression, timeZone), { code: 'ERR_GRAPPOLO_INVALID_SCHEDULE' });
    });
  }
});
