import type { Body } from '../frames.ts';
import type { HubMember } from '../hub.ts';
import { ByCaller } from './by-caller.ts';
import type { CallTarget } from './contract.ts';

/** What a caller wants. */
export interface Wish {
  readonly caller: HubMember;
  /** The caller's number of it. */
  readonly n: number;
  readonly api: string;
  readonly method: string;
  /** Of the answers to one question, `gather()`, this is the one of a slot. */
  readonly isGathered: boolean;
}

/** A call whose target does not serve its contract yet. */
export interface WaitingCall extends Wish {
  readonly target: CallTarget;
  readonly body: Body;
}

/** So many calls may wait for workers that start, and so much. */
const MAX_CALLS = 10_000;
const MAX_BYTES = 64 * 2 ** 20;

/** The calls that wait for workers that start, in the order in which they came. */
export class WaitingCalls {
  readonly #calls = new Set<WaitingCall>();
  readonly #byCaller = new ByCaller<WaitingCall>();
  #bytes = 0;

  get size(): number {
    return this.#calls.size;
  }

  /** Gives false where too many wait, or too much. */
  add(call: WaitingCall): boolean {
    if (this.#calls.size >= MAX_CALLS || this.#bytes > MAX_BYTES) return false;
    this.#calls.add(call);
    this.#byCaller.add(call.caller, call.n, call);
    this.#bytes += bytesOf(call);
    return true;
  }

  /** Takes all off. */
  take(): readonly WaitingCall[] {
    const taken = [...this.#calls];
    for (const call of taken) this.#delete(call);
    return taken;
  }

  cancel(caller: HubMember, n: number): void {
    for (const call of this.#byCaller.of(caller, n)) this.#delete(call);
  }

  forget(caller: HubMember): void {
    for (const call of this.#byCaller.forget(caller)) this.#delete(call);
  }

  #delete(call: WaitingCall): void {
    if (!this.#calls.delete(call)) return;
    this.#byCaller.delete(call.caller, call.n, call);
    this.#bytes -= bytesOf(call);
  }
}

function bytesOf({ body }: WaitingCall): number {
  return typeof body === 'string' ? body.length : body.bytes.length;
}
