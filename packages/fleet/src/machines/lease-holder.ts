import type { Engine } from '../engine/engine.ts';
import {
  isHeld,
  type LeaseEffect,
  type LeaseEvent,
  type LeaseState,
  type LossReason,
  leaseTransition,
  leaseWakeMs,
  openLease,
} from '../protocol/lease.ts';
import type { Term } from '../protocol/term.ts';
import { Performer } from './performer.ts';
import { type Runtime, within } from './runtime.ts';

export interface LeaseTerms {
  readonly name: string;
  readonly me: string;
  readonly ttlMs: number;
  readonly callMs: number;
  readonly tryMs: number;
}

export interface LeaseListeners {
  /** It is held, or held for longer. */
  readonly onHeld: (term: Term, untilMs: number, isNew: boolean) => void;
  readonly onLost: (reason: LossReason) => void;
  /** Nobody gets it before then, since the engine is new. */
  readonly onWaiting?: (untilMs: number) => void;
  readonly onTaken?: (holder: string, revision: number) => void;
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A candidate for one lease from the beginning on, until it is released. */
export class LeaseHolder {
  readonly #runtime: Runtime;
  readonly #callMs: number;
  readonly #listeners: LeaseListeners;
  readonly #machine: Performer<LeaseState, LeaseEvent, LeaseEffect>;
  #released: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  constructor(engine: Engine, runtime: Runtime, terms: LeaseTerms, listeners: LeaseListeners) {
    this.#runtime = runtime;
    this.#callMs = terms.callMs;
    this.#listeners = listeners;
    this.#machine = new Performer(engine, runtime, openLease(terms), {
      transition: leaseTransition,
      wakeMs: leaseWakeMs,
      perform: (effect) => perform(effect, listeners),
      onState: ({ doing, isToDelete }) => {
        if (!doing && !isToDelete) this.#onIdle?.();
      },
      onError: listeners.onError,
    });
    this.#machine.handle({ type: 'want' });
  }

  /** At this moment, by this process's own clock. */
  get isHeld(): boolean {
    return isHeld(this.#machine.state, this.#runtime.nowMs());
  }

  get term(): Term | undefined {
    return this.isHeld ? this.#machine.state.tenure?.term : undefined;
  }

  /** Hands it over: whoever tries next gets it. Where the engine does not answer it expires. */
  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  /** Tries no more, and lets what it holds expire: for when what is done by it may go on for a while. */
  abandon(): void {
    const { tenure } = this.#machine.state;
    this.#machine.stop();
    if (tenure) this.#listeners.onLost('released');
  }

  async #release(): Promise<void> {
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    this.#machine.handle({ type: 'release' });
    await within(this.#runtime, 2 * this.#callMs, idle);
    this.#machine.stop();
  }
}

function perform(
  effect: Exclude<LeaseEffect, { readonly type: 'put' | 'get' | 'request' }>,
  listeners: LeaseListeners,
): void {
  switch (effect.type) {
    case 'tell-held':
    case 'tell-renewed':
      listeners.onHeld(effect.term, effect.untilMs, effect.type === 'tell-held');
      break;
    case 'tell-lost':
      listeners.onLost(effect.reason);
      break;
    case 'tell-waiting':
      listeners.onWaiting?.(effect.untilMs);
      break;
    case 'tell-taken':
      listeners.onTaken?.(effect.holder, effect.revision);
      break;
    default:
      effect satisfies never;
  }
}
