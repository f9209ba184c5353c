import { setTimeout as sleep } from 'node:timers/promises';

import type { SupervisorEvent } from '../../../src/index.ts';
import { limitMs } from '../../support/limits.ts';
import { untilEnded } from '../../support/processes.ts';
import type { Running } from '../running.ts';
import { factsOf, lossesOf, slowest, startUnderPolicy } from './row.ts';
import type { Row, RowOutcome } from './row.ts';

const RELOAD_MS = limitMs(5000);
const HANG_MS = limitMs(2000);

/** What is promised while the program goes on serving. */
export const SERVING_ROWS: readonly Row[] = [
  {
    name: 'reload',
    what: '3 reloads in a row, 10 times: no request is lost',
    async run(t, options) {
      const running = await startUnderPolicy(t, options);
      const load = running.load();
      const tookMs: number[] = [];
      const violations: string[] = [];
      for (let i = 0; i < 30; i += 1) {
        tookMs.push(
          await timed(async () => void violations.push(...(await failedCommand(running, 'reload')))),
        );
        if (i % 3 === 2) await sleep(500);
      }
      const result = await load.stop();
      const { generation, ready } = await running.status();
      if (generation !== 30 || ready !== options.workers)
        violations.push(`generation ${generation}, ${ready} ready`);
      if (tookMs.some((ms) => ms > RELOAD_MS)) violations.push(`a reload took more than ${RELOAD_MS} ms`);
      return {
        facts: [...factsOf(result), slowest('slowest reload', tookMs)],
        violations: [...violations, ...lossesOf(result)],
      };
    },
  },
  {
    name: 'failing reload',
    what: 'a version that never listens, one that dies, a good one, 5 times: no request is lost',
    async run(t, options) {
      const running = await startUnderPolicy(t, options, {
        flags: ['--ready-timeout', String(limitMs(2000))],
      });
      const load = running.load();
      const violations: string[] = [];
      for (let i = 0; i < 5; i += 1) {
        for (const version of ['never listens', 'dies'] as const) {
          running.deploy(version);
          const { code } = await running.command('reload');
          if (code !== 1) violations.push(`a reload to a version that ${version} ended with ${code}`);
        }
        running.deploy('serves');
        violations.push(...(await failedCommand(running, 'reload')));
      }
      const result = await load.stop();
      return { facts: factsOf(result), violations: [...violations, ...lossesOf(result)] };
    },
  },
  {
    name: 'scale',
    what: '4, 2, 6, 1 and 4 workers, 5 times: no request is lost',
    async run(t, options) {
      const running = await startUnderPolicy(t, { ...options, workers: 4 });
      const load = running.load();
      const violations: string[] = [];
      const tookMs: number[] = [];
      for (let i = 0; i < 5; i += 1) {
        for (const workers of [2, 6, 1, 4]) {
          const deed = async (): Promise<void> =>
            void violations.push(...(await failedCommand(running, 'scale', String(workers))));
          tookMs.push(await timed(deed));
          const { length } = (await running.status()).workers;
          if (length !== workers) violations.push(`${length} workers where ${workers} were asked for`);
        }
      }
      const result = await load.stop();
      return {
        facts: [...factsOf(result), slowest('slowest scale', tookMs)],
        violations: [...violations, ...lossesOf(result)],
      };
    },
  },
  {
    name: 'hang',
    what: 'a worker that spins, one that is blocked, 3 times: replaced, and no fresh request is lost later',
    async run(t, options) {
      const running = await startUnderPolicy(t, options, { flags: ['--hang-timeout', String(HANG_MS)] });
      const load = running.load({ slowMs: 100 });
      const tookMs: number[] = [];
      for (let i = 0; i < 3; i += 1) {
        for (const path of ['/spin', '/block']) {
          const before = running.events().length;
          const victim = running.ask(path);
          tookMs.push(await timed(async () => untilReplaced(running, before)));
          await victim;
        }
      }
      const result = await load.stop();
      const late = result.failures.filter(
        ({ kind, tookMs: ms }) => kind === 'fresh' && ms < HANG_MS - limitMs(500),
      );
      const violations = late.map(
        ({ reason, tookMs: ms }) => `a fresh request failed by ${reason} after ${ms} ms`,
      );
      if (tookMs.some((ms) => ms > HANG_MS + limitMs(2000)))
        violations.push('a replacement took more than 2 s longer than the hang');
      return { facts: [...factsOf(result), slowest('slowest replacement', tookMs)], violations };
    },
  },
  {
    name: 'memory',
    what: 'a worker over its memory, 3 times: replaced, and no request is lost',
    async run(t, options): Promise<RowOutcome> {
      const running = await startUnderPolicy(t, options, { flags: ['--max-memory', '200'] });
      const load = running.load();
      const tookMs: number[] = [];
      const violations: string[] = [];
      for (let i = 0; i < 3; i += 1) {
        const pid = Number(await running.ask('/grow?mb=250'));
        const isIts = (event: SupervisorEvent): boolean =>
          event.type === 'worker-ended' && event.worker.pid === pid;
        let ended: SupervisorEvent | undefined;
        tookMs.push(await timed(async () => (ended = await running.waitFor(isIts, 60_000))));
        if (ended?.type !== 'worker-ended' || ended.reason.kind !== 'memory-limit')
          violations.push(`it ended otherwise: ${JSON.stringify(ended)}`);
      }
      const result = await load.stop();
      return {
        facts: [...factsOf(result), slowest('slowest replacement', tookMs)],
        violations: [...violations, ...lossesOf(result)],
      };
    },
  },
];

async function timed(deed: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await deed();
  return performance.now() - startMs;
}

async function failedCommand(running: Running, ...args: readonly string[]): Promise<readonly string[]> {
  const { code, stderr } = await running.command(...args);
  return code === 0 ? [] : [`${args.join(' ')} ended with ${code}: ${stderr}`];
}

/** Waits until the next worker that hangs has ended and another is ready in its place. */
async function untilReplaced(running: Running, sinceEvent: number): Promise<void> {
  const isNew = (event: SupervisorEvent): boolean => running.events().indexOf(event) >= sinceEvent;
  const hung = await running.waitFor((event) => event.type === 'worker-hung' && isNew(event));
  if (hung.type !== 'worker-hung') return;
  const { id, slot, pid = 0 } = hung.worker;
  await running.waitFor(
    (event) => event.type === 'worker-ready' && event.worker.slot === slot && event.worker.id > id,
  );
  await untilEnded([pid]);
}
