import { own } from '../own.ts';

/** A promise that is settled from outside, once. Nobody need look at it. */
export class Promised {
  readonly promise: Promise<void>;
  readonly #sinceMs = own.now();
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.promise.catch(() => {});
  }

  /** How old it is, in ms. */
  get ageMs(): number {
    return Math.round(own.now() - this.#sinceMs);
  }

  resolve(): void {
    this.#resolve();
  }

  reject(error: Error): void {
    this.#reject(error);
  }
}
