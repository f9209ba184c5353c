import { setTimeout as sleep } from 'node:timers/promises';

import { TTL_MS } from '../../../packages/fleet/src/fleet-engine.ts';
import type { Outcome, Program } from '../../support/program.ts';
import { type Check, isEqual, type Row } from '../../support/soak-row.ts';
import { RealFleet } from '../real-fleet.ts';
import { noneFailed } from './requests.ts';

const SOAK = ['--soak', '3s'];
/** A lease is renewed after a third of its TTL, and held for as long after that. */
const BRIEF_MS = TTL_MS * 0.2;
const LONG_MS = TTL_MS * 1.5;

export const RELOAD_ROW: Row = {
  name: 'reload-without-engine',
  what: `the engine is away in the middle of a reload of three hosts under load: for ${BRIEF_MS / 1000} s, for ${LONG_MS / 1000} s, and for good`,
  async run(t) {
    const fleet = await RealFleet.start(t, { runMs: 600_000 });
    const loads = fleet.load();
    const checks = [...(await brief(fleet)), ...(await long(fleet)), ...(await forGood(fleet))];
    return [...checks, ...(await noneFailed(loads))];
  },
};

async function brief(fleet: RealFleet): Promise<readonly Check[]> {
  const driver = await begin(fleet);
  await fleet.engine.pause();
  await sleep(BRIEF_MS);
  fleet.engine.resume();
  return [
    isEqual('briefly: the reload waits, and ends with', codeOf(await driver.ended), '0'),
    isEqual('generations', (await fleet.generations()).join(), '1,1,1'),
  ];
}

async function long(fleet: RealFleet): Promise<readonly Check[]> {
  const driver = await begin(fleet);
  await fleet.engine.pause();
  const { code, stderr } = await driver.ended;
  await sleep(LONG_MS);
  fleet.engine.resume();
  const next = await fleet.run('reload', ...SOAK);
  return [
    isEqual('for longer: the reload ends with', String(code), '1'),
    isEqual('by this code', fleetCodeOf(stderr), 'ERR_FLEET_ROLLOUT_LOST'),
    isEqual('another goes on, and ends with', codeOf(next), '0'),
    isEqual('generations: each host is reloaded once', (await fleet.generations()).join(), '2,2,2'),
  ];
}

async function forGood(fleet: RealFleet): Promise<readonly Check[]> {
  const driver = await begin(fleet);
  await fleet.engine.kill();
  await fleet.engine.run();
  const { code, stderr } = await driver.ended;
  const [, , third] = await fleet.generations();
  const next = await fleet.run('reload', ...SOAK);
  return [
    isEqual('started empty: the reload ends with', String(code), '1'),
    isEqual('by this code', fleetCodeOf(stderr), 'ERR_FLEET_ROLLOUT_LOST'),
    isEqual('generation of the third host', third ?? NaN, 2),
    isEqual('another begins anew, and ends with', codeOf(next), '0'),
    isEqual('generation of the third host', (await fleet.generations())[2] ?? NaN, 3),
  ];
}

/** A reload that is at the second host. */
async function begin(fleet: RealFleet): Promise<Program> {
  const driver = fleet.begin('reload', ...SOAK);
  await driver.waitFor(/^web-2: reload\n/m);
  return driver;
}

/** `0`, or what was wrong. */
function codeOf({ code, stderr }: Outcome): string {
  return stderr.trim() || String(code);
}

function fleetCodeOf(stderr: string): string {
  return /\((ERR_\w+)\)\n$/.exec(stderr)?.[1] ?? stderr;
}
