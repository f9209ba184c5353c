import type { Engine, Watch } from '../engine/engine.ts';
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

/** Watches who is there, for as long as somebody asks. */
export class RosterReader {
  readonly #engine: Engine;
  readonly #runtime: Runtime;
  readonly #watches = new Map<string, Watch>();
  readonly #onComplete: (view: RosterView) => void;
  readonly #onError: (error: unknown) => void;
  #state: RosterState;

  constructor(
    engine: Engine,
    runtime: Runtime,
    terms: { readonly me: string; readonly ttlMs: number },
    listeners: {
      readonly onComplete: (view: RosterView) => void;
      readonly onError: (error: unknown) => void;
    },
  ) {
    this.#engine = engine;
    this.#runtime = runtime;
    this.#onComplete = listeners.onComplete;
    this.#onError = listeners.onError;
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
          this.#onComplete(this.view);
          break;
        case 'put':
        case 'get':
        case 'request':
          // A mark that was not written is missed by whoever waits for it.
          void answerOf(this.#engine, effect, this.#onError);
          break;
        default:
          effect satisfies never;
      }
    }
  }

  #watch(bucket: string): void {
    const watch = this.#engine.watch(bucket, (key, { value }) =>
      this.#handle({ type: 'told', entries: [{ bucket, key, value }] }),
    );
    this.#watches.set(bucket, watch);
  }
}
