import { inspect } from 'node:util';

import type { Answer } from './calls.ts';

/** What a method gave in all workers. */
export interface Gathered<V> {
  /** By slot. */
  readonly results: Map<number, V>;
  /** By slot: what the method threw there, or why it was not called. */
  readonly errors: Map<number, Error>;
  /** The slots whose workers had not answered when the time was over. */
  readonly missing: number[];
}

/** What is gathered of one question. Answers may come before it is known who was asked, where much is on its way. */
export class Gathering {
  readonly #results = new Map<number, unknown>();
  readonly #errors = new Map<number, Error>();
  readonly #early: Answer[] = [];
  /** By id, the slots that have not answered; `undefined` where nobody knows who was asked. */
  #waiting: Map<number, number> | undefined;

  get isKnown(): boolean {
    return this.#waiting !== undefined;
  }

  /** All have answered. */
  get isComplete(): boolean {
    return this.#waiting?.size === 0;
  }

  /** These were asked. */
  asked(members: readonly (readonly [id: number, slot: number])[]): void {
    this.#waiting = new Map(members);
    for (const answer of this.#early.splice(0)) this.take(answer);
  }

  take(answer: Answer): void {
    if (!this.#waiting) {
      this.#early.push(answer);
      return;
    }
    const { id = -1 } = answer;
    const slot = this.#waiting.get(id);
    if (slot === undefined) return;
    this.#waiting.delete(id);
    if ('error' in answer) this.#errors.set(slot, asError(answer.error));
    else this.#results.set(slot, answer.value);
  }

  /** In the order of the slots, whoever has answered first. */
  get gathered(): Gathered<unknown> {
    return {
      results: bySlot(this.#results),
      errors: bySlot(this.#errors),
      missing: [...(this.#waiting?.values() ?? [])].toSorted((one, other) => one - other),
    };
  }
}

function bySlot<V>(answers: ReadonlyMap<number, V>): Map<number, V> {
  return new Map([...answers].toSorted(([one], [other]) => one - other));
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(inspect(thrown), { cause: thrown });
}
