import type { Engine } from '../engine/engine.ts';
import type { At, EngineAnswer, EngineCall } from '../protocol/calls.ts';
import { answerOf } from './engine-answer.ts';
import type { Runtime } from './runtime.ts';

/** What is told to a machine; when, and the chance, are added. */
export type Move<Event> = Event extends unknown ? Omit<Event, 'nowMs' | 'chance' | 'wallMs'> : never;

export interface MachineParts<State, Event, Effect> {
  readonly transition: (
    state: State,
    event: Event,
  ) => { readonly state: State; readonly effects: readonly Effect[] };
  /** When it wants to be woken; `Infinity`: never. */
  readonly wakeMs: (state: State) => number;
  /** Does what is no call of the engine. */
  readonly perform: (effect: Exclude<Effect, EngineCall>) => void;
  /** Called after each event, its effects begun. */
  readonly onState?: (state: State) => void;
  /** An engine's answer that is an error, of which the machine knows only that nothing is known. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Runs one machine on an engine: it steps, performs the effects in their order, and wakes it when it wants to be. What an effect tells
 * the same machine is told after the effects before it.
 */
export class Performer<State, Event, Effect extends { readonly type: string }> {
  #state: State;
  readonly #engine: Engine;
  readonly #runtime: Runtime;
  readonly #parts: MachineParts<State, Event, Effect>;
  readonly #queue: (Move<Event> | EngineAnswer | { readonly type: 'wake' })[] = [];
  #isStepping = false;
  #isStopped = false;
  #timer: { readonly atMs: number; readonly cancel: () => void } | undefined;

  constructor(engine: Engine, runtime: Runtime, state: State, parts: MachineParts<State, Event, Effect>) {
    this.#engine = engine;
    this.#runtime = runtime;
    this.#state = state;
    this.#parts = parts;
    this.#schedule();
  }

  get state(): State {
    return this.#state;
  }

  handle(move: Move<Event> | EngineAnswer | { readonly type: 'wake' }): void {
    if (this.#isStopped) return;
    this.#queue.push(move);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#step(next);
    } finally {
      this.#isStepping = false;
    }
    this.#schedule();
  }

  /** Nothing is done from now on; answers that are still to come are dropped. */
  stop(): void {
    this.#isStopped = true;
    this.#queue.splice(0);
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #step(move: object): void {
    const runtime = this.#runtime;
    const at: At & { wallMs: number } = {
      nowMs: runtime.nowMs(),
      wallMs: runtime.wallMs(),
      chance: runtime.chance(),
    };
    // Each machine takes the answers and, where it wants to be woken, that; both have no more than a time besides.
    const { state, effects } = this.#parts.transition(this.#state, { ...at, ...move } as Event);
    this.#state = state;
    for (const effect of effects) {
      // By what was told just now.
      if (this.#isStopped) return;
      if (isCall(effect)) void this.#call(effect);
      else this.#parts.perform(effect as Exclude<Effect, EngineCall>);
    }
    this.#parts.onState?.(this.#state);
  }

  async #call(call: EngineCall): Promise<void> {
    this.handle(await answerOf(this.#engine, call, (error) => this.#parts.onError?.(error)));
  }

  #schedule(): void {
    if (this.#isStopped) return;
    const atMs = this.#parts.wakeMs(this.#state);
    if (this.#timer?.atMs === atMs) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (atMs === Infinity) return;
    // Timers count whole ms, and may be early by a part of one.
    const restMs = Math.max(0, Math.ceil(atMs - this.#runtime.nowMs()));
    const cancel = this.#runtime.after(restMs, () => {
      this.#timer = undefined;
      if (this.#runtime.nowMs() < atMs) this.#schedule();
      else this.handle({ type: 'wake' });
    });
    this.#timer = { atMs, cancel };
  }
}

function isCall(effect: { readonly type: string }): effect is EngineCall {
  return effect.type === 'put' || effect.type === 'get' || effect.type === 'request';
}
