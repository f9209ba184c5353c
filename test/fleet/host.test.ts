import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { FleetError } from '../../packages/fleet/src/errors.ts';
import { HealthWindow } from '../../packages/fleet/src/host/health-window.ts';
import { LAYOUT, readNumbers } from '../../packages/fleet/src/host/report-numbers.ts';
import { readStatus } from '../../packages/fleet/src/host/status-record.ts';
import { CELLS, DURATION_BOUNDS, METHODS, STATUS_CLASSES } from '../../src/protocol/numbers.ts';
import { MemoryFleet, type PlayedHost, threeHosts } from './memory-fleet.ts';
import { PlayedInstance } from './played-instance.ts';

const statesBy = ({ fleet }: PlayedHost): readonly string[] =>
  fleet.status().hosts.map(({ host, state }) => `${host} ${state}`);

/** Process warnings from now on until the test ends: each one's code, and the error that it tells of. */
function warningsOf(t: TestContext): readonly string[] {
  const warnings: string[] = [];
  const onWarning = ({ code, detail }: Error & { code?: string; detail?: string }) => {
    const [, error = ''] = /Error: (.*)/.exec(String(detail)) ?? [];
    warnings.push(`${code} ${error}`);
  };
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  return warnings;
}

describe('joinFleet', () => {
  it('makes hosts known to each other, with what they are', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    assert.deepEqual(hosts[0].fleet.status().fleet, 'unknown');
    await fleet.pass(5000);
    const view = hosts[0].fleet.status();
    assert.equal(view.fleet, 'known');
    assert.deepEqual(statesBy(hosts[0]), ['web-1 known', 'web-2 known', 'web-3 known']);
    const { instance, ...status } = readStatus(view.hosts[1]?.status) ?? {};
    assert.match(String(instance), /^web-2_[\da-f]{12}$/);
    assert.deepEqual(status, {
      busy: null,
      version: '1.0.0',
      phase: 'running',
      generation: 1,
      ready: 2,
      wanted: 2,
      load: 0.25,
      requestsPerSecond: 0,
      sinceMs: 1.7e12,
      namesake: null,
    });
  });

  it('is a host without a version where the function for it throws, and says so once a generation', async (t) => {
    const fleet = new MemoryFleet();
    let versions = 0;
    const version = (): string => {
      versions += 1;
      if (versions === 1) throw new Error('no package.json here');
      return '2.0.0';
    };
    const host = fleet.join('web-1', { version });
    t.after(() => fleet.outcome(host.fleet.leave()));
    await fleet.pass(1000);
    host.fleet.status();
    await fleet.pass(5000);
    const versionTold = () => readStatus(host.fleet.status().hosts[0]?.status)?.version;
    assert.equal(versionTold(), null);
    assert.deepEqual(host.problems, ['undefined: no package.json here']);
    host.instance.generation = 2;
    await fleet.pass(6000);
    assert.equal(versionTold(), '2.0.0');
    assert.equal(versions, 2);
  });

  it('is unknown to others when it has been silent for a TTL, and known again when it is back', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    hosts[0].fleet.status();
    await fleet.pass(100);
    hosts[1].engine()?.setReachable(false);
    await fleet.pass(5000);
    assert.deepEqual(statesBy(hosts[0]), ['web-1 known', 'web-2 known', 'web-3 known']);
    await fleet.pass(8000);
    assert.deepEqual(statesBy(hosts[0]), ['web-1 known', 'web-2 unknown', 'web-3 known']);
    assert.equal(hosts[1].fleet.status().fleet, 'unknown');
    hosts[1].engine()?.setReachable(true);
    await fleet.pass(2000);
    assert.deepEqual(statesBy(hosts[0]), ['web-1 known', 'web-2 known', 'web-3 known']);
    assert.deepEqual(hosts[1].notes.slice(1), [
      "the fleet's engine is away: this host serves on",
      "the fleet's engine is back",
    ]);
  });

  it('tells at once that it is another generation, or not as many are ready', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    hosts[0].fleet.status();
    await fleet.pass(3000);
    hosts[2].instance.generation = 2;
    hosts[2].instance.ready = 1;
    await fleet.pass(1100);
    const status = readStatus(hosts[0].fleet.status().hosts[2]?.status);
    assert.deepEqual([status?.generation, status?.ready], [2, 1]);
  });

  it('is forgotten by others when it leaves', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    hosts[0].fleet.status();
    await fleet.outcome(hosts[1].fleet.leave());
    await fleet.pass(50);
    assert.deepEqual(statesBy(hosts[0]), ['web-1 known', 'web-3 known']);
    assert.equal(hosts[1].engine()?.isUp, false);
    assert.equal(hosts[1].fleet.status().fleet, 'unknown');
    assert.deepEqual(hosts[1].notes, ["host 'web-2' is in the fleet 'shop'"]);
  });

  it('goes on where its instance throws', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const status = t.mock.method(hosts[1].instance, 'status', () => {
      throw new Error('no status');
    });
    await fleet.pass(5000);
    status.mock.restore();
    await fleet.pass(5000);
    assert.deepEqual(hosts[1].problems, ['undefined: no status']);
    hosts[0].fleet.status();
    await fleet.pass(50);
    assert.deepEqual(statesBy(hosts[0]), ['web-1 known', 'web-2 known', 'web-3 known']);
  });

  it('is there again in an engine that has forgotten everything', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    hosts[0].fleet.status();
    fleet.store.restart();
    await fleet.pass(3000);
    assert.deepEqual(statesBy(hosts[0]), ['web-1 known', 'web-2 known', 'web-3 known']);
  });

  it('tries for ever where the engine cannot be opened, and tells each problem once', async (t) => {
    const fleet = new MemoryFleet();
    fleet.refusal = new FleetError('ERR_FLEET_ENGINE_UNREACHABLE', 'Cannot reach it');
    const host = fleet.join('web-1');
    t.after(() => fleet.outcome(host.fleet.leave()));
    await fleet.pass(200_000);
    fleet.refusal = new FleetError('ERR_FLEET_NO_JETSTREAM', 'Cannot use it');
    await fleet.pass(60_000);
    assert.deepEqual(host.problems, [
      'ERR_FLEET_ENGINE_UNREACHABLE: Cannot reach it',
      'ERR_FLEET_NO_JETSTREAM: Cannot use it',
    ]);
    fleet.refusal = undefined;
    await fleet.pass(31_000);
    assert.deepEqual(host.notes, ["host 'web-1' is in the fleet 'shop'"]);
    host.fleet.status();
    await fleet.pass(50);
    assert.deepEqual(statesBy(host), ['web-1 known']);
  });

  it('joins once and lives on where the program throws at what it is told, which is a warning', async (t) => {
    const fleet = new MemoryFleet();
    fleet.refusal = new FleetError('ERR_FLEET_ENGINE_UNREACHABLE', 'Cannot reach it');
    const warnings = warningsOf(t);
    const host = fleet.join('web-1', {
      events: {
        note: () => {
          throw new Error('a note of mine');
        },
        // oxlint-disable-next-line typescript/no-misused-promises -- programs do
        problem: async () => {
          throw new Error('a problem of mine');
        },
      },
    });
    t.after(() => fleet.outcome(host.fleet.leave()));
    await fleet.pass(10_000);
    fleet.refusal = undefined;
    await fleet.passUntil(() => host.notes.length > 0);
    const engine = host.engine();
    await fleet.pass(60_000);
    assert.equal(host.engine(), engine);
    host.fleet.status();
    engine?.setReachable(false);
    assert.equal(host.fleet.status().fleet, 'unknown');
    engine?.setReachable(true);
    await fleet.pass(5000);
    assert.deepEqual(statesBy(host), ['web-1 known']);
    assert.equal(host.fleet.status().fleet, 'known');
    host.instance.reportFailure = Object.assign(new Error('No report'), { code: 'ERR_MINE' });
    await fleet.pass(5000);
    host.instance.reportFailure = undefined;
    host.instance.generation = 2;
    await fleet.pass(5000);
    assert.equal(readStatus(host.fleet.status().hosts[0]?.status)?.generation, 2);
    assert.deepEqual([host.notes.length, host.problems.length], [3, 2]);
    assert.deepEqual(warnings, [
      'FLEET_LISTENER_FAILED a problem of mine',
      'FLEET_LISTENER_FAILED a note of mine',
    ]);
  });

  it('tells once what the engine refuses, and again after that was away', async (t) => {
    const fleet = new MemoryFleet();
    const host = fleet.join('web-1');
    t.after(() => fleet.outcome(host.fleet.leave()));
    await fleet.passUntil(() => host.notes.length > 0);
    const engine = host.engine();
    const refuse = (what: string) =>
      engine?.onRefused?.(new FleetError('ERR_FLEET_ENGINE_REFUSED', `Cannot ${what}`));
    refuse('listen');
    refuse('publish');
    engine?.setReachable(false);
    engine?.setReachable(true);
    refuse('publish');
    assert.deepEqual(host.problems, [
      'ERR_FLEET_ENGINE_REFUSED: Cannot listen',
      'ERR_FLEET_ENGINE_REFUSED: Cannot publish',
    ]);
  });

  it('tells of a wrong name once, and serves on', async () => {
    const fleet = new MemoryFleet();
    const host = fleet.join('=web', {});
    const other = fleet.join('web', { fleet: 'a shop' });
    await fleet.pass(100_000);
    assert.deepEqual(
      [...host.problems, ...other.problems].map((text) => text.split(':')[0]),
      ['ERR_FLEET_INVALID_ARGUMENT', 'ERR_FLEET_INVALID_ARGUMENT'],
    );
    await host.fleet.leave();
    await other.fleet.leave();
  });

  it('is told once of another that is alive under its name, until that one has left', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const second = fleet.join('web-2');
    await fleet.pass(30_000);
    const instances = [hosts[1], second].map(({ problems }) => {
      assert.equal(problems.length, 1);
      const [, other, own] =
        /^ERR_FLEET_HOST_NAME_TAKEN: .* as host 'web-2': .* alive, (.+), calls itself so as well as this one, (.+)\. /.exec(
          String(problems[0]),
        ) ?? [];
      return [other, own];
    });
    assert.deepEqual(instances[0], instances[1]?.toReversed());
    assert.notEqual(instances[0]?.[0], instances[0]?.[1]);
    assert.deepEqual([hosts[0].problems, hosts[2].problems], [[], []]);
    await fleet.outcome(second.fleet.leave());
    hosts[0].fleet.status();
    await fleet.pass(20_000);
    const status = readStatus(hosts[0].fleet.status().hosts[1]?.status);
    assert.deepEqual([status?.instance, status?.namesake], [instances[0]?.[1], null]);
    assert.equal(hosts[1].problems.length, 1);
    const third = fleet.join('web-2');
    await fleet.pass(30_000);
    assert.deepEqual([hosts[1].problems.length, third.problems.length], [2, 1]);
    await fleet.outcome(third.fleet.leave());
  });

  it('is told of none when it was started anew, whether the one before was killed or leaves meanwhile', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    // Killed: what it has written last is there until the TTL is over.
    hosts[1].engine()?.setReachable(false);
    const again = fleet.join('web-2');
    t.after(() => fleet.outcome(again.fleet.leave()));
    const next = fleet.join('web-3');
    t.after(() => fleet.outcome(next.fleet.leave()));
    await fleet.pass(7000);
    await fleet.outcome(hosts[2].fleet.leave());
    await fleet.pass(60_000);
    assert.deepEqual([again.problems, next.problems, hosts[2].problems], [[], [], []]);
    hosts[0].fleet.status();
    await fleet.pass(1000);
    assert.deepEqual(statesBy(hosts[0]), ['web-1 known', 'web-2 known', 'web-3 known']);
  });

  it('leaves before it has come', async () => {
    const fleet = new MemoryFleet();
    const host = fleet.join('web-1');
    await host.fleet.leave();
    await fleet.pass(100);
    assert.equal(host.engine()?.isUp, false);
    assert.deepEqual(host.notes, []);
  });
});

describe('readNumbers', () => {
  it('goes by the layout of the main package', () => {
    assert.deepEqual(LAYOUT, {
      utilization: CELLS.utilization.at,
      requests: { at: CELLS.requests.at, methods: METHODS.length, classes: STATUS_CLASSES.length },
      durations: { at: CELLS.durations.at, bounds: DURATION_BOUNDS },
    });
  });

  it('takes nothing from what is no report', () => {
    assert.equal(readNumbers(undefined), undefined);
    assert.equal(readNumbers({ slots: 3 }), undefined);
    assert.equal(readNumbers({ slots: [null] })?.requests, 0);
  });
});

describe('HealthWindow', () => {
  it('says how the last seconds were, not those before', async () => {
    const instance = new PlayedInstance();
    const window = new HealthWindow();
    const add = async (atMs: number, requests: number, errors: number): Promise<void> => {
      Object.assign(instance, { requests, errors });
      const numbers = readNumbers(await instance.report());
      assert.ok(numbers);
      window.add(atMs, numbers);
    };
    await add(0, 1000, 1000);
    assert.equal(window.health(2, 2).requests, 0);
    await add(5000, 2000, 1000);
    await add(10_000, 2000, 1000);
    assert.deepEqual(window.health(1, 2), { ready: 1, wanted: 2, requests: 1000, errorRate: 0, p99Ms: 5 });
    await add(16_000, 2500, 1005);
    assert.equal(window.health(2, 2).errorRate, 0.01);
    assert.equal(window.health(2, 2).requests, 500);
  });
});
