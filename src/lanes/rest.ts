import { own } from '../own.ts';

/** For how long a worker gets nothing after it had no descriptor left. */
export const UNFIT_MS = 1000;

/** A time in which a worker is given nothing. */
export class Rest {
  readonly #onEnd: () => void;
  #end: NodeJS.Timeout | undefined;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  get isOn(): boolean {
    return this.#end !== undefined;
  }

  begin(forMs: number): void {
    this.cancel();
    this.#end = own
      .setTimeout(() => {
        this.#end = undefined;
        this.#onEnd();
      }, forMs)
      .unref();
  }

  cancel(): void {
    own.clearTimeout(this.#end);
    this.#end = undefined;
  }
}
