import { type Health, HEALTH_WINDOW_MS } from '../protocol/health.ts';
import type { Numbers } from './report-numbers.ts';

interface Sample {
  readonly atMs: number;
  readonly numbers: Numbers;
}

/** How a host does over its last seconds, by what its workers have counted: the difference between two counts. */
export class HealthWindow {
  #samples: readonly Sample[] = [];

  add(atMs: number, numbers: Numbers): void {
    const inWindow = this.#samples.filter((sample) => sample.atMs >= atMs - HEALTH_WINDOW_MS);
    this.#samples = [...inWindow, { atMs, numbers }];
  }

  get atMs(): number {
    return this.#samples.at(-1)?.atMs ?? -Infinity;
  }

  /** Without a count before there are no requests that anything could be said of. */
  health(ready: number, wanted: number): Health {
    const { requests, errors, durations } = this.#counted();
    const errorRate = requests === 0 ? 0 : rounded(errors / requests, 4);
    return { ready, wanted, requests, errorRate, p99Ms: rounded(quantileMs(durations, 0.99), 1) };
  }

  /** A second; `undefined` where nothing is known of it. */
  get requestsPerSecond(): number | undefined {
    const first = this.#samples.at(0);
    const tookMs = this.atMs - (first?.atMs ?? Infinity);
    return tookMs > 0 ? rounded((this.#counted().requests * 1000) / tookMs, 1) : undefined;
  }

  #counted(): Pick<Numbers, 'requests' | 'errors' | 'durations'> {
    const first = this.#samples.at(0)?.numbers;
    const last = this.#samples.at(-1)?.numbers;
    const since = (read: (numbers: Numbers) => number) =>
      first && last ? Math.max(0, read(last) - read(first)) : 0;
    return {
      requests: since(({ requests }) => requests),
      errors: since(({ errors }) => errors),
      durations: (last?.durations ?? []).map(({ toMs }, i) => ({
        toMs,
        count: since(({ durations }) => durations[i]?.count ?? 0),
      })),
    };
  }
}

/** As Prometheus does: even within a bucket; in the last one, which has no end, where it begins. */
function quantileMs(buckets: Numbers['durations'], quantile: number): number {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  let rest = total * quantile;
  let fromMs = 0;
  for (const { toMs, count } of buckets) {
    if (count > 0 && rest <= count)
      return toMs === Infinity ? fromMs : fromMs + ((toMs - fromMs) * rest) / count;
    rest -= count;
    if (toMs !== Infinity) fromMs = toMs;
  }
  return fromMs;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
