import { setTimeout as delay } from 'node:timers/promises';

import type { FleetStatus } from '../api/operations.ts';
import { readFleet } from './fleet-status.ts';
import type { FleetPlace } from './fleet-status.ts';

export interface FleetReaderTimes {
  /** The package forgets the hosts when nobody has asked for so long. */
  readonly forgetMs: number;
  /** How long they may take to be read anew. */
  readonly patienceMs: number;
  readonly lookMs: number;
}

const TIMES: FleetReaderTimes = { forgetMs: 60_000, patienceMs: 1000, lookMs: 50 };

/** Asks the package how the hosts are. Who asks first waits a moment, so that what is not read yet is not told as unknown. */
export class FleetReader {
  readonly #view: () => unknown;
  readonly #place: FleetPlace;
  readonly #times: FleetReaderTimes;
  #askedAtMs = -Infinity;
  /** Since when they are being read. */
  #sinceMs = 0;

  constructor(view: () => unknown, place: FleetPlace, times: FleetReaderTimes = TIMES) {
    this.#view = view;
    this.#place = place;
    this.#times = times;
  }

  async status(): Promise<FleetStatus> {
    const { forgetMs, patienceMs, lookMs } = this.#times;
    const nowMs = performance.now();
    if (nowMs - this.#askedAtMs >= forgetMs) this.#sinceMs = nowMs;
    for (;;) {
      this.#askedAtMs = performance.now();
      const status = readFleet(this.#view(), this.#place);
      if (status.state === 'known' || this.#askedAtMs - this.#sinceMs >= patienceMs) return status;
      await delay(lookMs, undefined, { ref: false });
    }
  }
}
