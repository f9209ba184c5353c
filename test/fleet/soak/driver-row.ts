import { TTL_MS } from '../../../packages/fleet/src/fleet-engine.ts';
import { atMost, type Check, isEqual, type Row } from '../../support/soak-row.ts';
import { RealFleet } from '../real-fleet.ts';
import { machineMs } from './candidates.ts';
import { noneFailed } from './requests.ts';

const SOAK = ['--soak', '3s'];

export const DRIVER_ROW: Row = {
  name: 'driver-killed',
  what: 'whoever drives a reload of three hosts under load is killed at the second: another goes on, another aborts, and a second at once is refused',
  async run(t) {
    const fleet = await RealFleet.start(t, { runMs: 600_000 });
    const loads = fleet.load();
    const checks = [...(await refuse(fleet)), ...(await goOn(fleet)), ...(await abort(fleet))];
    return [...checks, ...(await noneFailed(loads))];
  },
};

async function refuse(fleet: RealFleet): Promise<readonly Check[]> {
  const driver = fleet.begin('reload', ...SOAK);
  await driver.waitFor(/^web-1: reload\n/m);
  const second = await fleet.run('reload', ...SOAK);
  const first = await driver.ended;
  const [, pid = 'nobody'] = /: process (\d+) on \S+ drives one just now/.exec(second.stderr) ?? [];
  return [
    isEqual('a second at once ends with', String(second.code), '1'),
    isEqual('and names', `process ${pid}`, `process ${driver.pid}`),
    isEqual('the first ends with', first.stderr || String(first.code), '0'),
    isEqual('generations', (await fleet.generations()).join(), '1,1,1'),
  ];
}

async function goOn(fleet: RealFleet): Promise<readonly Check[]> {
  await killDriver(fleet);
  const killedMs = machineMs();
  const next = fleet.begin('reload', ...SOAK);
  await next.waitFor(/going on with the reload that another began\n/);
  const tookMs = machineMs() - killedMs;
  const { code, stderr } = await next.ended;
  return [
    atMost('another goes on after', tookMs, TTL_MS + 1000, ' ms'),
    isEqual('and ends with', stderr || String(code), '0'),
    isEqual('generations: each host is reloaded once', (await fleet.generations()).join(), '2,2,2'),
  ];
}

async function abort(fleet: RealFleet): Promise<readonly Check[]> {
  await killDriver(fleet);
  const { code, stdout, stderr } = await fleet.run('reload', '--abort');
  const third = await fleet.generations();
  const again = await fleet.run('reload', ...SOAK);
  return [
    isEqual(
      '--abort says',
      stdout.trim().split('\n').at(-1) ?? '',
      'aborted. done: web-1, web-2; as they were: web-3',
    ),
    isEqual('and ends with', stderr || String(code), '0'),
    isEqual('generations: the third host is as it was', third.join(), '3,3,2'),
    isEqual('a reload after that ends with', again.stderr || String(again.code), '0'),
  ];
}

/** Kills who has just begun with the second host. */
async function killDriver(fleet: RealFleet): Promise<void> {
  const driver = fleet.begin('reload', ...SOAK);
  await driver.waitFor(/^web-2: reload\n/m);
  driver.killGroup();
  await driver.ended;
}
