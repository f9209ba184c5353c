import { setTimeout as sleep } from 'node:timers/promises';

import { TTL_MS } from '../../../packages/fleet/src/fleet-engine.ts';
import type { Scope } from '../../support/program.ts';
import { until } from '../../support/load.ts';
import { atMost, type Check, isEqual, type Row } from '../../support/soak-row.ts';
import type { NatsServer } from '../nats-server.ts';
import { ENGINE_AWAY, ENGINE_BACK, RealFleet } from '../real-fleet.ts';
import { Candidates, machineMs } from './candidates.ts';
import { noneFailed } from './requests.ts';

const RUN_MS = 600_000;
/** Before and after the engine is away. */
const CALM_MS = 5000;
/** After its last renewal a leader ends by its own clock, and a moment later by its timers. */
const DEMOTED_MS = Math.round((TTL_MS * 2) / 3) + 100;
/** A host looks for the engine again within 1.5 s, tells of itself within 1 s of that, and whoever asks needs a moment as well. */
const KNOWN_MS = 5000;

interface Absence {
  readonly awayMs: number;
  readonly lose: (engine: NatsServer) => Promise<void>;
  readonly bringBack: (engine: NatsServer) => void | Promise<void>;
}

const KILLED: Absence = {
  awayMs: 30_000,
  lose: (engine) => engine.kill(),
  bringBack: (engine) => engine.run(),
};
const PAUSED: Absence = {
  awayMs: TTL_MS * 1.5,
  lose: (engine) => engine.pause(),
  bringBack: (engine) => engine.resume(),
};

export const ENGINE_ROWS: readonly Row[] = [
  {
    name: 'engine-killed',
    what: `the engine is killed, and started empty after ${KILLED.awayMs / 1000} s, beside three hosts under load and three who want a lease`,
    run: (t) => tryAbsence(t, KILLED),
  },
  {
    name: 'engine-paused',
    what: `the engine is stopped for ${PAUSED.awayMs / 1000} s, beside three hosts under load and three who want a lease`,
    run: (t) => tryAbsence(t, PAUSED),
  },
];

async function tryAbsence(t: Scope, { awayMs, lose, bringBack }: Absence): Promise<readonly Check[]> {
  const fleet = await RealFleet.start(t, { runMs: RUN_MS });
  const candidates = await Candidates.start(t, fleet.engine.url, { runMs: RUN_MS });
  const loads = fleet.load();
  await sleep(CALM_MS);

  const lostMs = machineMs();
  await lose(fleet.engine);
  await until('all hosts to say that the engine is away', () =>
    fleet.notes(ENGINE_AWAY).every((count) => count > 0),
  );
  const saidMs = machineMs();
  const text = await fleet.run('status');
  const { fleet: known } = await fleet.status();
  const reload = await fleet.hosts[0].running.command('reload');
  await sleep(lostMs + awayMs - machineMs());
  const backMs = machineMs();
  const old = candidates.tenures().findLast(({ beganMs }) => beganMs < lostMs);
  await bringBack(fleet.engine);

  const answersMs = machineMs();
  await fleet.untilKnown();
  const knownMs = machineMs();
  const { beganMs } = await candidates.untilHeld(backMs);
  const [generation] = (await fleet.status()).hosts.map((host) => host.generation);
  await sleep(CALM_MS);
  return [
    ...(await noneFailed(loads)),
    atMost('all hosts say that the engine is away', saidMs - lostMs, 5000, ' ms'),
    isEqual('fleet status meanwhile', text.stdout.trim(), 'fleet shop: unknown, the hosts serve on'),
    isEqual('it ends with', String(text.code), '1'),
    isEqual('fleet status --json meanwhile', known, 'unknown'),
    isEqual('grappolo reload meanwhile ends with', reload.stderr || String(reload.code), '0'),
    atMost('the leader ends', (old?.endedMs ?? NaN) - lostMs, DEMOTED_MS, ' ms'),
    isEqual('for this reason', old?.reason ?? 'none', 'not renewed in time'),
    atMost('the next one begins, from when the engine answers', beganMs - answersMs, TTL_MS + 1000, ' ms'),
    ...candidates.checks(),
    atMost('all hosts are known, from when the engine answers', knownMs - answersMs, KNOWN_MS, ' ms'),
    isEqual('hosts that are known at the end', (await fleet.knownHosts()).join(' '), 'web-1 web-2 web-3'),
    isEqual('generation of web-1 that the fleet knows', generation ?? NaN, 1),
    isEqual('times that each host says it is away', fleet.notes(ENGINE_AWAY).join(), '1,1,1'),
    isEqual('times that each host says it is back', fleet.notes(ENGINE_BACK).join(), '1,1,1'),
  ];
}
