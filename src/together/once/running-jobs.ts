import { decodeBody, encodeBody } from '../body.ts';
import type { Body } from '../frames.ts';
import type { Here } from '../here.ts';

/** The jobs of this process, which are to come to their end before it leaves. */
export class RunningJobs {
  readonly #running = new Set<Promise<unknown>>();

  constructor(process: Here) {
    process.beforeLeaving(async () => Promise.allSettled(this.#running));
  }

  async track<T>(job: Promise<T>): Promise<T> {
    this.#running.add(job);
    try {
      return await job;
    } finally {
      this.#running.delete(job);
    }
  }
}

/** What a job gave. Others wait for nothing that cannot be sent. */
export function bodyOf(value: unknown): Body {
  try {
    return encodeBody(value);
  } catch {
    return encodeBody(undefined);
  }
}

/** The same where it arrives. */
export function valueOf(body: Body): unknown {
  try {
    return decodeBody(body);
  } catch {
    return undefined;
  }
}
