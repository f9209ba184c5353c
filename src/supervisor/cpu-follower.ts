import { followCpus } from '../core/cpu-following.ts';
import { own } from '../own.ts';

export interface CpuFollowerOptions {
  /** As many CPUs the first workers were counted by. */
  readonly cpus: number;
  /** How many there are now; `undefined` where that cannot be told. */
  readonly readCpus: () => number | undefined;
  readonly pool: () => { readonly slots: number; readonly isFree: boolean };
  readonly onChange: (change: { readonly from: number; readonly to: number }) => void;
}

/** How often the number of CPUs is looked at: a pod may be resized while it runs. */
const LOOK_MS = 10_000;

/** Lets the number of workers follow that of the CPUs, until it is stopped. It keeps no process running. */
export class CpuFollower {
  readonly #options: CpuFollowerOptions;
  readonly #timer: NodeJS.Timeout;
  #followed: number;

  constructor(options: CpuFollowerOptions) {
    this.#options = options;
    this.#followed = options.cpus;
    this.#timer = own.setInterval(() => this.look(), LOOK_MS).unref();
  }

  look(): void {
    const { readCpus, pool, onChange } = this.#options;
    const before = this.#followed;
    const { followed, slots } = followCpus({ followed: before, cpus: readCpus(), ...pool() });
    this.#followed = followed;
    if (slots !== undefined) onChange({ from: before, to: slots });
  }

  stop(): void {
    own.clearInterval(this.#timer);
  }
}
