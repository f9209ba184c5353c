import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

import type { SupervisorEvent } from '../../../src/index.ts';
import { Exposition } from '../../support/exposition.ts';
import { until } from '../../support/load.ts';
import { Started } from '../started.ts';
import { AnswerCount } from './answer-count.ts';
import { atMost, isEqual, quantile } from '../../support/soak-row.ts';
import type { Check, Row } from '../../support/soak-row.ts';

const RUN_MS = 600_000;
const MINUTE_MS = 60_000;
const NO_HANG = ['--hang-timeout', '0'];
const KILLS = 200;

/** What is promised to whoever scrapes. */
export const SCRAPING_ROWS: readonly Row[] = [
  {
    name: 'scrapes',
    what: '/metrics with 8 workers, one in for(;;), one stopped, 20 scrapes a second for 10 s',
    async run(t) {
      const started = await Started.start(t, { workers: 8, flags: NO_HANG, timeoutMs: RUN_MS });
      const { running } = started;
      await until('all have numbers', async () => {
        const { length } = (await started.metrics()).slots('grappolo_worker_memory_bytes');
        return length === 8;
      });
      const spinning = running.ask('/spin');
      const { pid } = await running.untilBegun('/spin');
      const stopped = running.pids().find((each) => each !== pid) ?? NaN;
      process.kill(stopped, 'SIGSTOP');
      const { tookMs, texts } = await scrape(started, 200, 50);
      const all = '0,1,2,3,4,5,6,7';
      const whole = texts.filter(
        (text) => new Exposition(text).slots('grappolo_worker_memory_bytes').join() === all,
      );
      const ages = new Exposition(texts.at(-1) ?? '');
      const old = [0, 1, 2, 3, 4, 5, 6, 7].filter(
        (slot) => (ages.value(`grappolo_worker_numbers_age_seconds{slot="${slot}"}`) ?? 0) > 5,
      );
      running.program.killGroup();
      await spinning;
      return [
        atMost('p50 of a scrape', quantile(tookMs, 0.5), 50, ' ms'),
        atMost('p99 of a scrape', quantile(tookMs, 0.99), 50, ' ms'),
        isEqual('scrapes with all 8 slots', whole.length, 200),
        isEqual('slots whose age tells that they hang', old.length, 2),
        promtool(texts.at(-1) ?? ''),
      ];
    },
  },
  {
    name: 'kills',
    what: `${KILLS} kill -9 under load, scraped all the while`,
    async run(t) {
      const restart = { minDelayMs: 10, maxDelayMs: 10, factor: 1, jitter: 0 };
      const started = await Started.start(t, { workers: 4, config: { restart }, timeoutMs: RUN_MS });
      const { running } = started;
      const load = new AnswerCount(running.port, 8);
      let last = await started.metrics();
      const fallen: string[] = [];
      let scrapes = 0;
      const look = async (): Promise<void> => {
        const next = await started.metrics();
        fallen.push(...next.fallenSince(last));
        last = next;
        scrapes += 1;
      };
      const killed = new Set<number>();
      const over = new AbortController();
      const looking = (async () => {
        while (!over.signal.aborted) {
          await look();
          await sleep(50);
        }
      })();
      for (let i = 0; i < KILLS; i += 1) {
        let victim: number | undefined;
        const isThere = (): boolean => {
          const left = readyPids(running.events()).filter((each) => !killed.has(each));
          victim = left.length >= 3 ? left[0] : undefined;
          return victim !== undefined;
        };
        await until('somebody can be killed, and others go on', isThere, MINUTE_MS);
        killed.add(victim ?? NaN);
        process.kill(victim ?? NaN, 'SIGKILL');
      }
      await until('all are back', () => readyPids(running.events()).length === 4, MINUTE_MS);
      await load.stop();
      over.abort();
      await looking;
      // What is told may be a second old.
      await sleep(1100);
      await look();
      const counted = last.sum('grappolo_http_requests_total');
      return [
        isEqual('counters that fell', fallen.slice(0, 3).join('; ') || 'none', 'none'),
        isEqual('restarts counted', last.sum('grappolo_worker_restarts_total'), KILLS),
        { what: 'scrapes', measured: String(scrapes), limit: 'at least 100', holds: scrapes >= 100 },
        {
          what: 'requests answered',
          measured: String(load.answered),
          limit: '-',
          holds: load.answered > KILLS,
        },
        atMost('counted and not answered', counted - load.answered, load.failed),
        // A worker may die between its answer and the addition.
        atMost('answered and not counted', load.answered - counted, KILLS),
        isEqual('durations counted', last.sum('grappolo_http_request_duration_seconds_count'), counted),
        promtool(last.text),
      ];
    },
  },
  {
    name: 'registry',
    what: "the program's registry in 4 workers, one stuck: 5 scrapes",
    async run(t) {
      const env = { EXPOSES: '1' };
      const started = await Started.start(t, { workers: 4, env, flags: NO_HANG, timeoutMs: RUN_MS });
      const { running } = started;
      await until('all have answered', async () => upOf(await started.metrics()) === '1 1 1 1');
      const spinning = running.ask('/spin');
      const { pid } = await running.untilBegun('/spin');
      const slot = slotOf(running.events(), pid);
      const since = performance.now();
      const { tookMs, texts } = await scrape(started, 5, 1200);
      const stuckMs = performance.now() - since;
      const metrics = new Exposition(texts.at(-1) ?? '');
      const ages = [0, 1, 2, 3].map(
        (each) => metrics.value(`grappolo_worker_snapshot_age_seconds{slot="${each}"}`) ?? NaN,
      );
      running.program.killGroup();
      await spinning;
      const [stuckAge = NaN] = ages.splice(slot, 1);
      return [
        atMost('slowest scrape', Math.max(...tookMs), 400, ' ms'),
        isEqual('fresh', upOf(metrics), [0, 1, 2, 3].map((each) => (each === slot ? 0 : 1)).join(' ')),
        atMost('age of the fresh', Math.max(...ages), 1, ' s'),
        {
          what: 'age of the stuck',
          measured: `${stuckAge} s`,
          limit: 'at least 4 s',
          holds: stuckAge >= 4 && stuckMs > 4000,
        },
        promtool(metrics.text),
      ];
    },
  },
];

async function scrape(
  started: Started,
  count: number,
  everyMs: number,
): Promise<{ readonly tookMs: readonly number[]; readonly texts: readonly string[] }> {
  const startMs = performance.now();
  const scrapes = Array.from({ length: count }, async (_, i) => {
    await sleep(startMs + i * everyMs - performance.now());
    const beganMs = performance.now();
    const { body } = await started.ask('/metrics');
    return { ms: performance.now() - beganMs, body };
  });
  const all = await Promise.all(scrapes);
  return { tookMs: all.map(({ ms }) => ms), texts: all.map(({ body }) => body) };
}

function promtool(text: string): Check {
  const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  const measured = error
    ? "promtool is not there: it is in Debian's package prometheus"
    : `${stdout}${stderr}`.trim().split('\n', 2).join('; ') ||
      (status === 0 ? 'clean' : `ended with ${status}`);
  return isEqual('promtool check metrics', measured, 'clean');
}

/** Which of four slots have answered. */
function upOf(metrics: Exposition): string {
  return [0, 1, 2, 3].map((slot) => metrics.value(`grappolo_worker_scrape_up{slot="${slot}"}`)).join(' ');
}

/** The processes of the workers that are ready, the one that has been so for longest first. */
function readyPids(events: readonly SupervisorEvent[]): number[] {
  const ready = new Set<number>();
  for (const event of events) {
    if (event.type === 'worker-ready') ready.add(event.worker.pid ?? NaN);
    else if (event.type === 'worker-ended') ready.delete(event.worker.pid ?? NaN);
  }
  return [...ready];
}

function slotOf(events: readonly SupervisorEvent[], pid: number): number {
  const started = events.find((event) => event.type === 'worker-started' && event.worker.pid === pid);
  return started?.type === 'worker-started' ? started.worker.slot : NaN;
}
