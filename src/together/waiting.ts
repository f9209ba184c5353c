import type { Deadline, Expiring } from './deadlines.ts';
import type { Here } from './here.ts';

export interface WaitingTerms {
  readonly signal: AbortSignal | undefined;
  /** `Infinity`: without end. */
  readonly timeoutMs: number;
}

/**
 * What waits for an answer, and keeps this process running meanwhile. It is over once: by the answer, by its signal, or by its time, whichever is
 * first.
 */
export abstract class Waiting implements Expiring {
  readonly #here: Here;
  readonly #terms: WaitingTerms;
  #deadline: Deadline<Expiring> | undefined;
  #onAbort: (() => void) | undefined;
  #isOver = false;

  constructor(here: Here, terms: WaitingTerms) {
    this.#here = here;
    this.#terms = terms;
  }

  /** Nobody waits for the answer any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** To be called once, when it has been asked. */
  begin(): void {
    const { signal, timeoutMs } = this.#terms;
    this.#here.begin();
    this.#deadline = this.#here.deadlines.add(this, timeoutMs);
    if (!signal) return;
    this.#onAbort = () => this.giveUp(signal.reason);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Gives false where it was over before. */
  end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#here.end();
    this.#here.deadlines.delete(this.#deadline);
    if (this.#onAbort) this.#terms.signal?.removeEventListener('abort', this.#onAbort);
    return true;
  }

  expire(): void {
    this.giveUp(this.timeoutError());
  }

  /** By its signal, or since its time is over. It is to `end()`. */
  abstract giveUp(reason: unknown): void;

  protected abstract timeoutError(): Error;
}
