import type { EventEmitter } from 'node:events';

import { own } from '../own.ts';
import { interceptProcessEvents } from '../system/process-events.ts';
import { hearSignal } from '../system/signal-ear.ts';

/** With their numbers, which are the same on all systems: node:os takes a worker another 0.3 ms to load. */
const SIGNALS = new Map<NodeJS.Signals, number>([
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
]);
/** A signal that comes again this soon is the same one on another way. */
const SAME_SIGNAL_MS = 1000;

/** What a signal asks for: SIGINT and SIGTERM say the same. */
type Wish = 'to end' | 'SIGHUP';

export interface SignalsOptions {
  readonly drain: () => void;
  /** Since when this worker leaves, by `performance.now()`; `undefined` while it stays. */
  readonly leavingSinceMs: () => number | undefined;
  /** Whether anything listens. */
  readonly isServing: () => boolean;
}

/**
 * Has a supervised worker drain on a signal that its program does not handle, where it would end.
 *
 * A terminal sends Ctrl-C to the whole process group, and service managers send SIGTERM to all processes of a service:
 * such a signal reaches workers as well as their supervisor. Workers stay in the group, so that whoever ends the whole
 * group at once still can; and an operator's `kill` of one worker is as gentle.
 *
 * A program that handles the signal itself hears it at once, and alone decides what to do with its servers. It hears it
 * once: many programs take a second Ctrl-C as a wish to end without further ado.
 *
 * Nothing here listens on `process`: programs that look whether anybody else handles a signal find themselves alone. Many
 * of them take their listeners away when they are done, and raise the signal again for what it does by default. That
 * would have ended the process, so it does, after what other servers have under way.
 */
export class Signals {
  readonly #options: SignalsOptions;
  readonly #ears: (() => void)[];
  // oxlint-disable-next-line typescript/unbound-method -- called with its process
  readonly #kill = process.kill;
  /** When the program has last heard a signal that it handles, by what that asks for. */
  readonly #heardAtMs = new Map<Wish, number>();
  /** What the program has sent to itself and not heard yet. */
  readonly #raised = new Set<string>();
  /** Whether a signal has asked for the drain that is under way; else a message has. */
  #hasAsked = false;
  #isRemoved = false;
  /** By what the process is to end when it has drained. */
  #endsBy: NodeJS.Signals | undefined;

  constructor(options: SignalsOptions) {
    this.#options = options;
    // Later: whether the program hears it is known when its listeners have been called, in whatever order that is.
    this.#ears = [...SIGNALS].map(([signal, number]) =>
      hearSignal(number, () => void own.setImmediate(() => this.#onSignal(signal))),
    );
    interceptProcessEvents((event) => !isOurs(event) || this.#mayHear(event));
    this.#watchKill();
  }

  /** Connections are ended, so what the program does when it is to end it can do now: with SIGTERM, as without a cluster. */
  tellDrained(): void {
    if (this.#heardAtMs.has('to end') || process.listenerCount('SIGTERM') === 0) return;
    (process as EventEmitter).emit('SIGTERM', 'SIGTERM', SIGNALS.get('SIGTERM'));
  }

  /** The channel closes: from now on a signal does what it does by default. */
  leave(): void {
    if (this.#endsBy) this.#endBy(this.#endsBy);
    // The supervisor may say once more what the program has heard and is about to do.
    else if (this.#heardAtMs.has('to end')) own.setTimeout(() => this.#remove(), SAME_SIGNAL_MS).unref();
    else this.#remove();
  }

  #remove(): void {
    this.#isRemoved = true;
    for (const close of this.#ears.splice(0)) close();
  }

  /** What the signal does by default. Nothing comes behind this, but where the program still handles it. */
  #endBy(signal: NodeJS.Signals): void {
    this.#endsBy = undefined;
    this.#remove();
    this.#kill.call(process, process.pid, signal);
  }

  /** Whether the program is to hear a signal. */
  #mayHear(signal: NodeJS.Signals): boolean {
    if (process.listenerCount(signal) === 0) return true;
    const wish = wishOf(signal);
    // What it sends to itself, it wants to hear.
    if (!this.#raised.delete(signal) && this.#hasJustHeard(wish)) return false;
    this.#heardAtMs.set(wish, own.now());
    // A program that only closes its servers ends when nothing else is left to do; the channel is not its business.
    if (wish === 'to end') process.channel?.unref();
    return true;
  }

  #hasJustHeard(wish: Wish): boolean {
    return own.now() - (this.#heardAtMs.get(wish) ?? -Infinity) < SAME_SIGNAL_MS;
  }

  #watchKill(): void {
    const send = this.#kill;
    const onRaised = (signal: NodeJS.Signals): boolean => this.#onRaised(signal);
    const kill = function (this: unknown, ...args: Parameters<typeof process.kill>): true {
      const [pid, signal] = args;
      const raised = pid === process.pid ? signalOf(signal) : undefined;
      return raised !== undefined && onRaised(raised) ? true : Reflect.apply(send, this, args);
    };
    Object.defineProperty(kill, 'name', { value: send.name });
    Object.defineProperty(kill, 'length', { value: send.length });
    process.kill = kill;
  }

  /** The program sends a signal to itself. Gives whether that is done. */
  #onRaised(signal: NodeJS.Signals): boolean {
    if (this.#isRemoved) return false;
    if (process.listenerCount(signal) > 0) {
      this.#raised.add(signal);
      return false;
    }
    // It has handled none: this is a wish to end, as from elsewhere.
    if (!this.#heardAtMs.has(wishOf(signal))) return false;
    const isLeaving = this.#options.leavingSinceMs() !== undefined;
    if (!process.connected || isExiting() || !(isLeaving || this.#options.isServing())) {
      this.#endBy(signal);
      return true;
    }
    this.#endsBy = signal;
    if (!isLeaving) this.#options.drain();
    return true;
  }

  /** A signal has come, and whoever listens to it has heard it. */
  #onSignal(signal: NodeJS.Signals): void {
    if (process.listenerCount(signal) > 0) return;
    if (this.#isRemoved) {
      this.#endBy(signal);
      return;
    }
    const wish = wishOf(signal);
    if (this.#hasJustHeard(wish)) return;
    if (this.#heardAtMs.has(wish)) {
      // The program handles it no more.
      this.#endBy(signal);
      return;
    }
    // To a server it is a wish to reload, which its supervisor hears as well; a terminal that closes ends that one.
    if (signal === 'SIGHUP') return;
    const sinceMs = this.#options.leavingSinceMs();
    // A supervisor that has told a worker to drain sends SIGTERM next, when the time is over; others come from elsewhere.
    const isNews = sinceMs !== undefined && (this.#hasAsked || signal === 'SIGTERM');
    if (sinceMs === undefined) {
      this.#hasAsked = true;
      this.#options.drain();
    } else if (isNews && own.now() - sinceMs >= SAME_SIGNAL_MS) {
      this.#endBy(signal);
    } else {
      this.#hasAsked = true;
    }
  }
}

function isOurs(event: string): event is NodeJS.Signals {
  return (SIGNALS as ReadonlyMap<string, number>).has(event);
}

function wishOf(signal: NodeJS.Signals): Wish {
  return signal === 'SIGHUP' ? 'SIGHUP' : 'to end';
}

/** Which of the signals that are heard here is meant by what `process.kill()` was given. */
function signalOf(given: string | number | null | undefined): NodeJS.Signals | undefined {
  return [...SIGNALS].find((each) => (each as unknown[]).includes(given ?? 'SIGTERM'))?.[0];
}

/** Whether 'exit' is being emitted: nothing that waits is done any more. */
function isExiting(): boolean {
  return Reflect.get(process, '_exiting') === true;
}
