import type { SupervisorEvent } from '../index.ts';
import { duration } from '../core/duration.ts';

/** After which part of its time to be ready people are told of a program that runs and does not listen. */
const TOLD_AFTER = 0.5;

export interface ListenHintOptions {
  /** The program as it was named. */
  readonly file: string;
  /** How long a worker has to listen. */
  readonly timeoutMs: number;
  readonly tell: (text: string) => void;
}

/**
 * Tells once, where workers are ready when they listen, that they run and nothing has tried to: a program that never does
 * would see its workers ended and never know why.
 */
export class ListenHint {
  readonly #options: ListenHintOptions;
  readonly #timer: NodeJS.Timeout;

  constructor(options: ListenHintOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#tell(), options.timeoutMs * TOLD_AFTER).unref();
  }

  hear({ type }: SupervisorEvent): void {
    // A worker that ends has its own say, whatever it had been about to do. What is not about workers says nothing of them.
    if (type !== 'worker-started' && type !== 'ops-up' && type !== 'ops-down') this.close();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #tell(): void {
    const { file, timeoutMs, tell } = this.#options;
    tell(
      `running, and nothing listens yet; who does not within ${duration(timeoutMs)} is ended. ` +
        `A program that never listens is started by: grappolo start ${file} --ready online`,
    );
  }
}
