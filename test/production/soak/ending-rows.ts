import { setTimeout as sleep } from 'node:timers/promises';

import type { SupervisorEvent } from '../../../src/index.ts';
import { limitMs } from '../../support/limits.ts';
import { until } from '../../support/load.ts';
import { isRunning, untilEnded } from '../../support/processes.ts';
import { Running } from '../running.ts';
import { factsOf, slowest, startUnderPolicy } from './row.ts';
import type { Row } from './row.ts';

const DEATH_MS = limitMs(2000);
const DEEDS: readonly (readonly [path: string, what: string])[] = [
  ['/', 'idle'],
  ['/held', 'slow'],
  ['/spin', 'spinning'],
  ['/block', 'blocked'],
];

/** What is promised when something ends, or does not come to life. */
export const ENDING_ROWS: readonly Row[] = [
  {
    name: 'kill',
    what: 'kill -9 of the primary, 5 times for workers that are idle, slow, spinning, blocked: none outlives it',
    async run(t, options) {
      const violations: string[] = [];
      const facts: string[] = [];
      for (const [path, what] of DEEDS) {
        const tookMs: number[] = [];
        for (let i = 0; i < 5; i += 1) {
          const running = await startUnderPolicy(t, options, { flags: ['--hang-timeout', '0'] });
          const asked = running.ask(path);
          if (path !== '/') await running.untilBegun(path);
          const pids = running.pids();
          if (!pids.every(isRunning)) violations.push(`a worker that was to be ${what} has ended`);
          running.program.child.kill('SIGKILL');
          tookMs.push(await untilEnded([running.program.pid, ...pids]));
          if (!(await running.isPortFree())) violations.push(`the port is not free, with workers ${what}`);
          await asked;
          await running.program.ended;
        }
        if (Math.max(...tookMs) > DEATH_MS)
          violations.push(`workers that were ${what} lived longer than ${DEATH_MS} ms`);
        facts.push(slowest(what, tookMs));
      }
      return { facts, violations };
    },
  },
  {
    name: 'crash loop',
    what: 'a program that dies at its start is given up; one that has served is not, and is tried less and less often',
    async run(t, options) {
      const violations: string[] = [];
      const begun = await Running.begin(t, { workers: options.workers, version: 'dies' });
      const { code, stdout } = await begun.program.ended;
      if (code !== 1 || !stdout.includes('"gave-up"'))
        violations.push(`it was not given up, and ended with ${code}`);

      const running = await startUnderPolicy(t, options);
      const load = running.load();
      running.deploy('dies');
      process.kill(running.pids()[0] ?? NaN, 'SIGKILL');
      await sleep(5000);
      await until('it was tried again', () => running.events().filter(isDeath).length >= 2);
      const deaths = running.events().filter(isDeath).length;
      // At once, and after 0.4, 0.8, 1.6 and 3.2 s, give or take a fifth.
      if (deaths > 6) violations.push(`${deaths} starts in 5 s`);
      running.deploy('serves');
      const before = running.events().length;
      await running.waitFor((event) => event.type === 'ready' && running.events().indexOf(event) >= before);
      const result = await load.stop();
      const perWorker = Math.ceil(result.requests / options.workers);
      const refused = result.failures.filter(({ reason }) => reason !== 'ECONNRESET');
      if (refused.length > 0 || result.failures.length > Math.min(50, perWorker))
        violations.push(
          `failed otherwise than by the one death: ${JSON.stringify(result.failures.slice(0, 5))}`,
        );
      return { facts: [...factsOf(result), `${deaths} starts in 5 s`], violations };
    },
  },
  {
    name: 'stop',
    what: 'SIGTERM with a slow request in flight, 10 times: it is answered, and nothing is left',
    async run(t, options) {
      const violations: string[] = [];
      const tookMs: number[] = [];
      for (let i = 0; i < 10; i += 1) {
        const running = await startUnderPolicy(t, options);
        const held = running.ask('/held');
        await running.untilBegun('/held');
        const startMs = performance.now();
        running.program.child.kill('SIGTERM');
        await running.waitFor(({ type }) => type === 'worker-draining');
        running.release();
        const answer = await held;
        const { code } = await running.program.ended;
        tookMs.push(performance.now() - startMs);
        if (answer !== 'held\n') violations.push(`it was answered ${answer}`);
        if (code !== 0) violations.push(`it ended with ${code}`);
        if (running.pids().some(isRunning)) violations.push('a worker is left');
      }
      return { facts: [`10 answered`, slowest('slowest end', tookMs)], violations };
    },
  },
];

function isDeath(event: SupervisorEvent): boolean {
  return event.type === 'worker-ended' && !event.wasReady;
}
