import type { FleetErrorCode } from '../errors.ts';
import type { FleetEvents } from '../host.ts';

/** Tells each problem once, by its code, until all is well again. */
export class Troubles {
  readonly #events: FleetEvents;
  readonly #told = new Set<string>();

  constructor(events: FleetEvents) {
    this.#events = events;
  }

  tell(thrown: unknown): void {
    const error: Error & { code?: string } = thrown instanceof Error ? thrown : new Error(String(thrown));
    const code = error.code ?? error.message;
    if (this.#told.has(code)) return;
    this.#told.add(code);
    this.#events.problem(error);
  }

  /** Default: all of them. */
  over(code?: FleetErrorCode): void {
    if (code === undefined) this.#told.clear();
    else this.#told.delete(code);
  }
}
