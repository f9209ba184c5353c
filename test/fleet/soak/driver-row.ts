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

/** The second host may have heard of its order, or not. */
async function abort(fleet: RealFleet): Promise<readonly Check[]> {
  await killDriver(fleet);
  const { code, stdout, stderr } = await fleet.run('reload', '--abort');
  const generations = await fleet.generations();
  const again = await fleet.run('reload', ...SOAK);
  const names = fleet.hosts.map(({ name }) => name);
  const done = names.filter((_, i) => generations[i] === 3).join(', ');
  const left = names.filter((_, i) => generations[i] === 2).join(', ');
  return [
    isEqual('--abort ends with', stderr || String(code), '0'),
    isEqual('and says', lastLine(stdout), `aborted. done: ${done}; as they were: ${left}`),
    isEqual('generations: of the first host, and the third', `${generations[0]},${generations[2]}`, '3,2'),
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

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
