import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';

import { FleetError } from '../../errors.ts';
import type { Pulse } from './pulse.ts';

/** What JetStream says of itself while it starts, or chooses who leads. */
const UNAVAILABLE = 503;

/** Gives each request its time, and its errors their codes. */
export class Requests {
  readonly #pulse: Pulse;
  readonly #timeoutMs: number;
  readonly #underway = new Set<(error: FleetError) => void>();
  #isClosed = false;

  constructor(pulse: Pulse, timeoutMs: number) {
    this.#pulse = pulse;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws {FleetError} ERR_FLEET_ENGINE_LOST at once where the engine is down, and when the time is over. */
  async run<T>(what: string, act: () => Promise<T>): Promise<T> {
    this.checkUp(what);
    let end: ((error: FleetError) => void) | undefined;
    const ended = new Promise<never>((_, reject) => {
      end = reject;
      this.#underway.add(reject);
    });
    const timer = setTimeout(
      () => end?.(lost(what, `no answer within ${this.#timeoutMs} ms`)),
      this.#timeoutMs,
    );
    try {
      return await Promise.race([act(), ended]);
    } catch (error) {
      throw this.#isClosed ? closed(what) : codedError(what, error);
    } finally {
      clearTimeout(timer);
      if (end) this.#underway.delete(end);
    }
  }

  checkUp(what: string): void {
    this.checkOpen(what);
    if (!this.#pulse.isUp) throw lost(what, 'the engine does not answer');
  }

  checkOpen(what: string): void {
    if (this.#isClosed) throw closed(what);
  }

  /** What is under way rejects, and so does all that comes. */
  close(): void {
    this.#isClosed = true;
    for (const end of this.#underway) end(closed('go on'));
  }
}

function codedError(what: string, cause: unknown): FleetError {
  if (cause instanceof FleetError) return cause;
  const fact = cause instanceof Error ? cause.message : String(cause);
  if ((cause instanceof JetStreamApiError && cause.status !== UNAVAILABLE) || isForbidden(cause)) {
    return new FleetError(
      'ERR_FLEET_ENGINE_REFUSED',
      `Cannot ${what}: the engine refuses it, "${fact}". Look at its limits, and at what this host's account may do`,
      { cause },
    );
  }
  return lost(what, fact, cause);
}

function isForbidden(error: unknown): boolean {
  return (
    error instanceof errors.PermissionViolationError ||
    (error instanceof Error && error.cause instanceof errors.PermissionViolationError)
  );
}

function lost(what: string, fact: string, cause?: unknown): FleetError {
  const message = `Cannot ${what}: ${fact}. It may have been done or not; try again when the engine is back`;
  return new FleetError('ERR_FLEET_ENGINE_LOST', message, { cause });
}

function closed(what: string): FleetError {
  return new FleetError('ERR_FLEET_ENGINE_CLOSED', `Cannot ${what}: the engine was closed`);
}
