import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { until } from '../support/load.ts';
import { ENGINE_AWAY, ENGINE_BACK, RealFleet } from './real-fleet.ts';
import { failuresOf } from './soak/requests.ts';

/** So few that the figures of a host say nothing of how it does, on a machine of any speed. */
const PART = 1 / 60;

describe('a fleet of real hosts', { concurrency: 2 }, () => {
  it('stops a reload at the host whose new program does not start; all serve on', async (t) => {
    const fleet = await RealFleet.start(t, { workers: 1 });
    const loads = fleet.load(PART);
    fleet.hosts[1].running.deploy('dies');
    const { code, stdout, stderr } = await fleet.run('reload', '--soak', '1s');
    assert.match(
      stderr,
      /'web-2' failed: .*this version cannot start.* done: web-1; as they were: web-3 \(ERR_FLEET_ROLLOUT_FAILED\)\n$/,
    );
    // Behind a line that says how long a new engine is waited for.
    assert.match(stdout, /\nweb-1: reload\nweb-1: done \(1 of 3\)\nweb-2: reload\nweb-2: failed: /);
    assert.equal(code, 1);
    assert.deepEqual(await fleet.generations(), [1, 0, 0]);
    assert.deepEqual(
      fleet.hosts.map(({ running }) => running.events().some(({ type }) => type === 'reload-started')),
      [true, true, false],
    );
    assert.equal(failuresOf(await Promise.all(loads.map((load) => load.stop()))), 'none');
  });

  it('is unknown while its engine says nothing, and each host serves and reloads; then it is known again', async (t) => {
    const fleet = await RealFleet.start(t, { workers: 1 });
    const loads = fleet.load(PART);
    const pageSays = async (what: string): Promise<void> => {
      await until(`the page to say ${what}`, async () => {
        const page = await fleet.page();
        const hosts = page?.hosts.map(({ host, state }) => `${host} ${state}`).join(', ');
        return `${page?.state}: ${hosts}` === what;
      });
    };
    await pageSays('known: web-1 known, web-2 known, web-3 known');
    await fleet.engine.pause();
    await until('all to say that it is away', () => fleet.notes(ENGINE_AWAY).every((count) => count > 0));
    const status = await fleet.run('status');
    assert.deepEqual([status.code, status.stdout], [1, 'fleet shop: unknown, the hosts serve on\n']);
    await pageSays('unknown: web-1 unknown, web-2 unknown, web-3 unknown');
    const reload = await fleet.hosts[0].running.command('reload');
    assert.deepEqual([reload.code, reload.stderr], [0, '']);
    fleet.engine.resume();
    await fleet.untilKnown();
    await pageSays('known: web-1 known, web-2 known, web-3 known');
    await until('all to say that it is back', () => fleet.notes(ENGINE_BACK).every((count) => count > 0));
    await until(
      'the new generation to be known',
      async () => (await fleet.status()).hosts.map(({ generation }) => generation).join() === '1,0,0',
    );
    assert.equal(failuresOf(await Promise.all(loads.map((load) => load.stop()))), 'none');
  });
});
