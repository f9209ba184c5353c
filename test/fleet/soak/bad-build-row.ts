import { setTimeout as sleep } from 'node:timers/promises';

import type { Version } from '../../production/running.ts';
import { type Check, isEqual, type Row } from '../../support/soak-row.ts';
import { RealFleet } from '../real-fleet.ts';
import { failuresOf, requestsOf } from './requests.ts';

/** A host is compared with how it was in so long before its step. */
const WINDOW_MS = 12_000;

/** What the second host's new build does, and how the fleet says so. */
const BUILDS: readonly {
  readonly version: Version;
  readonly reason: RegExp;
  readonly isReloaded: boolean;
}[] = [
  { version: 'dies', reason: /this version cannot start/, isReloaded: false },
  { version: 'never listens', reason: /was not ready after/, isReloaded: false },
  { version: 'answers late', reason: /^p99 [\d.]+ ms, before [\d.]+ ms$/, isReloaded: true },
  { version: 'answers 500', reason: /^error rate [\d.]+, before [\d.]+$/, isReloaded: true },
];

export const BAD_BUILD_ROW: Row = {
  name: 'bad-build',
  what: `three hosts under load are reloaded, the second of them with a build that ${BUILDS.map(({ version }) => version).join(', ')}`,
  async run(t) {
    const fleet = await RealFleet.start(t, { runMs: 900_000 });
    const loads = fleet.load();
    const checks: Check[] = [];
    for (const build of BUILDS) checks.push(...(await tryBuild(fleet, build)));
    const [first, second, third] = await Promise.all(loads.map((load) => load.stop()));
    if (!first || !second || !third) return checks;
    const others = { failures: second.failures.filter((failure) => !isOwn(failure)) };
    return [
      ...checks,
      requestsOf([first, second, third]),
      isEqual('failed requests of web-1 and web-3', failuresOf([first, third]), 'none'),
      isEqual('of web-2, but for what the build that answers 500 does', failuresOf([others]), 'none'),
      {
        what: 'those',
        measured: String(second.failures.filter(isOwn).length),
        limit: '-',
        holds: true,
      },
    ];
  },
};

async function tryBuild(
  fleet: RealFleet,
  { version, reason, isReloaded }: (typeof BUILDS)[number],
): Promise<readonly Check[]> {
  const [, second] = fleet.hosts;
  await sleep(WINDOW_MS);
  const before = await fleet.generations();
  second.running.deploy(version);
  const { code, stderr } = await fleet.run('reload', '--soak', '5s');
  const after = await fleet.generations();
  const [, said = stderr.split('\n', 1)[0] ?? ''] =
    /'web-2' failed: (.*)\. done: web-1; as they were: web-3/.exec(stderr) ?? [];
  second.running.deploy('serves');
  const mended = await fleet.run('reload', '--soak', '1s');
  const step = after.map((generation, i) => generation > (before[i] ?? NaN));
  return [
    isEqual(`${version}: the command ends with`, String(code), '1'),
    {
      what: `${version}: reason`,
      measured: said.slice(-110),
      limit: String(reason),
      holds: reason.test(said),
    },
    isEqual(`${version}: hosts with a new generation`, step.join(), [true, isReloaded, false].join()),
    isEqual(`${version}: a reload with the old build ends with`, mended.stderr || String(mended.code), '0'),
  ];
}

/** What the build that answers 500 does to whoever asks. */
function isOwn({ reason }: { readonly reason: string }): boolean {
  return reason === 'status 500';
}
