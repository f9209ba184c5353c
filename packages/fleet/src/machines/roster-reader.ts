import type { Engine, Watch } from '../engine/engine.ts';
import type { EngineCall } from '../protocol/calls.ts';
import {
  openRoster,
  type RosterEvent,
  type RosterState,
  type RosterStep,
  rosterTransition,
  type RosterView,
  rosterView,
} from '../protocol/roster.ts';
import { answerOf } from './engine-answer.ts';
import type { Move } from './performer.ts';
import type { Runtime } from './runtime.ts';

export interface RosterListeners {
  /** Something of somebody was told. */
  readonly onTold?: () => void;
  readonly onComplete: (view: RosterView) => void;
  readonly onError: (error: unknown) => void;
}

/** The engine may be choosing who leads, or lose a message. */
const AGAIN_MS = 1000;

/** Watches who is there, for as long as somebody asks. */
export class RosterReader {
  readonly #engine: Engine;
  readonly #runtime: Runtime;
  readonly #watches = new Map<string, Watch>();
  readonly #listeners: RosterListeners;
  #state: RosterState;
  #isClosed = false;

  constructor(
    engine: Engine,
    runtime: Runtime,
    terms: { readonly me: string; readonly ttlMs: number },
    listeners: RosterListeners,
  ) {
    this.#engine = engine;
    this.#runtime = runtime;
    this.#listeners = listeners;
    const opened = openRoster({ mark: `=${terms.me}`, ttlMs: terms.ttlMs }, runtime.nowMs());
    this.#state = opened.state;
    this.#perform(opened);
  }

  get view(): RosterView {
    return rosterView(this.#state, this.#runtime.nowMs());
  }

  /** That the engine is there, or not. */
  changed(isUp: boolean): void {
    this.#handle({ type: 'engine', isUp });
  }

  close(): void {
    this.#isClosed = true;
    this.#handle({ type: 'close' });
  }

  #handle(move: Move<RosterEvent>): void {
    const step = rosterTransition(this.#state, { ...move, nowMs: this.#runtime.nowMs() });
    this.#state = step.state;
    this.#perform(step);
  }

  #perform({ effects }: RosterStep): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'watch':
          this.#watch(effect.bucket);
          break;
        case 'unwatch':
          this.#watches.get(effect.bucket)?.stop();
          this.#watches.delete(effect.bucket);
          break;
        case 'tell-complete':
          this.#listeners.onComplete(this.view);
          break;
        case 'put':
        case 'get':
        case 'request':
          void this.#call(effect);
          break;
        default:
          effect satisfies never;
      }
    }
  }

  /** Without its mark nothing would ever be known to be complete. */
  async #call(effect: EngineCall): Promise<void> {
    const answer = await answerOf(this.#engine, effect, this.#listeners.onError);
    if (answer.type !== 'unknown' || this.#isClosed || this.view.isComplete) return;
    this.#runtime.after(AGAIN_MS, () => {
      if (!this.#isClosed && !this.view.isComplete) void this.#call(effect);
    });
  }

  #watch(bucket: string): void {
    const watch = this.#engine.watch(bucket, (key, { value }) => {
      this.#listeners.onTold?.();
      this.#handle({ type: 'told', entries: [{ bucket, key, value }] });
    });
    this.#watches.set(bucket, watch);
  }
}
