import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';

import * as fc from 'fast-check';

import { FleetReader } from '../../src/cli/fleet-reader.ts';
import { readFleet } from '../../src/cli/fleet-status.ts';

const PLACE = { name: 'shop', host: 'web-5' };
const STATUS = {
  instance: 'web-1_1',
  busy: null,
  version: '1.0.0',
  phase: 'running',
  generation: 2,
  ready: 4,
  wanted: 4,
  load: 0.5,
  requestsPerSecond: 12,
  sinceMs: 7,
};

function hostView(host: string, changes: object = {}, state = 'known'): object {
  return { host, state, status: { ...STATUS, ...changes }, silentMs: 3 };
}

describe('readFleet()', () => {
  it('takes what is to be shown of a host', () => {
    assert.deepEqual(readFleet({ fleet: 'known', hosts: [hostView('web-1')] }, PLACE), {
      name: 'shop',
      host: 'web-5',
      state: 'known',
      counts: { hosts: 1, unknown: 0, short: 0 },
      hosts: [
        {
          host: 'web-1',
          state: 'known',
          phase: 'running',
          version: '1.0.0',
          generation: 2,
          ready: 4,
          wanted: 4,
          load: 0.5,
          requestsPerSecond: 12,
          sinceMs: 7,
        },
      ],
    });
  });

  it('tells this host first, then those that are silent, those that are short, and the others by name', () => {
    const hosts = [
      hostView('web-9'),
      hostView('web-8', { ready: 3 }),
      hostView('web-5'),
      hostView('web-4', { ready: 3, phase: 'reloading' }),
      hostView('web-7', {}, 'unknown'),
      hostView('web-6', {}, 'unknown'),
    ];
    const fleet = readFleet({ fleet: 'known', hosts }, PLACE);
    assert.deepEqual(
      fleet.hosts.map(({ host }) => host),
      ['web-5', 'web-6', 'web-7', 'web-8', 'web-4', 'web-9'],
    );
    assert.deepEqual(fleet.counts, { hosts: 6, unknown: 2, short: 1 });
  });

  it('tells 200 of many, those in trouble among them, and how many there are', () => {
    const hosts = Array.from({ length: 10_000 }, (_, index) => hostView(`web-${index}`));
    hosts[9000] = hostView('zzz', { ready: 0 });
    hosts[9001] = hostView('zzzz', {}, 'unknown');
    const fleet = readFleet({ fleet: 'known', hosts }, PLACE);
    assert.deepEqual(
      fleet.hosts.slice(0, 4).map(({ host }) => host),
      ['web-5', 'zzzz', 'zzz', 'web-0'],
    );
    assert.equal(fleet.hosts.length, 200);
    assert.deepEqual(fleet.counts, { hosts: 10_000, unknown: 1, short: 1 });
    assert(JSON.stringify(fleet).length < 64 * 1024);
  });

  it('cuts off what is too long to be shown', () => {
    const long = hostView('h'.repeat(10_000), { version: 'v'.repeat(10_000), phase: 'p'.repeat(10_000) });
    const fleet = readFleet({ fleet: 'known', hosts: [long] }, PLACE);
    assert(JSON.stringify(fleet).length < 1000);
  });

  it('makes of anything what can be shown', () => {
    const anyHost = fc.record(
      { host: fc.anything(), state: fc.anything(), status: fc.anything(), silentMs: fc.anything() },
      { requiredKeys: [] },
    );
    const anyView = fc.oneof(
      fc.anything(),
      fc.record({ fleet: fc.anything(), hosts: fc.anything() }),
      fc.record({ fleet: fc.constant('known'), hosts: fc.array(fc.oneof(fc.anything(), anyHost)) }),
    );
    fc.assert(
      fc.property(anyView, (view) => {
        const fleet = readFleet(view, PLACE);
        assert.deepEqual(JSON.parse(JSON.stringify(fleet)), fleet);
        assert(fleet.hosts.length <= fleet.counts.hosts);
        for (const { host, state, ...others } of fleet.hosts) {
          assert.equal(typeof host, 'string');
          assert(state === 'known' || state === 'unknown');
          for (const value of Object.values(others)) assert(value === null || typeof value !== 'object');
        }
      }),
    );
    assert.deepEqual(readFleet(undefined, PLACE).state, 'unknown');
  });
});

describe('FleetReader', () => {
  const known = { fleet: 'known', hosts: [hostView('web-1')] };
  const unknown = { fleet: 'unknown', hosts: [] };
  // The reader keeps no process running.
  const timer = setInterval(() => {}, 1000);
  after(() => clearInterval(timer));
  const times = { forgetMs: 1e9, patienceMs: 1e9, lookMs: 1 };

  it('waits at first until the hosts have been read', async () => {
    const views = [unknown, unknown, known];
    const reader = new FleetReader(() => views.shift(), PLACE, times);
    assert.equal((await reader.status()).counts.hosts, 1);
    assert.deepEqual(views, []);
  });

  it('waits no longer than it has patience, and then not again', async () => {
    let asked = 0;
    const view = (): object => {
      asked += 1;
      return unknown;
    };
    const reader = new FleetReader(view, PLACE, { ...times, patienceMs: 20 });
    assert.equal((await reader.status()).state, 'unknown');
    assert(asked > 1, `asked ${asked} times`);
    asked = 0;
    assert.equal((await reader.status()).state, 'unknown');
    assert.equal(asked, 1);
  });

  it('waits again where it has not been asked for so long that the hosts are forgotten', async () => {
    let views = [known];
    const reader = new FleetReader(() => views.shift(), PLACE, { ...times, forgetMs: 0 });
    await reader.status();
    views = [unknown, known];
    assert.equal((await reader.status()).state, 'known');
  });
});
