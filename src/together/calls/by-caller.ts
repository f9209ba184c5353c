import { BriefMap } from '../brief-map.ts';
import type { HubMember } from '../hub.ts';

/** What is kept by who called and that one's number: one thing for a call, several for a question to all workers. */
export class ByCaller<T extends object> {
  readonly #callers = new Map<HubMember, BriefMap<T | Set<T>>>();

  add(caller: HubMember, n: number, kept: T): void {
    let numbers = this.#callers.get(caller);
    if (!numbers) this.#callers.set(caller, (numbers = new BriefMap<T | Set<T>>()));
    const known = numbers.get(n);
    if (known === undefined) numbers.set(n, kept);
    else if (known instanceof Set) known.add(kept);
    else numbers.set(n, new Set([known, kept]));
  }

  delete(caller: HubMember, n: number, kept: T): void {
    const numbers = this.#callers.get(caller);
    const known = numbers?.get(n);
    if (known instanceof Set) known.delete(kept);
    if (known === kept || (known instanceof Set && known.size === 0)) numbers?.delete(n);
  }

  of(caller: HubMember, n: number): readonly T[] {
    const known = this.#callers.get(caller)?.get(n);
    if (known === undefined) return [];
    return known instanceof Set ? [...known] : [known];
  }

  /** All of a caller that has ended: of it nothing is to be kept. */
  forget(caller: HubMember): readonly T[] {
    const numbers = this.#callers.get(caller);
    this.#callers.delete(caller);
    return [...(numbers?.values() ?? [])].flatMap((known) => (known instanceof Set ? [...known] : [known]));
  }
}
