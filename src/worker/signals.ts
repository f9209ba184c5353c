import { own } from '../own.ts';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** A signal that comes again this soon is the same one on another way. */
const SAME_SIGNAL_MS = 1000;

export interface SignalsOptions {
  readonly drain: () => void;
  /** Since when this worker leaves, by `performance.now()`; `undefined` while it stays. */
  readonly leavingSinceMs: () => number | undefined;
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
 */
export class Signals {
  readonly #options: SignalsOptions;
  /** Whether a signal has asked for the drain that is under way; else a message has. */
  #hasAsked = false;
  /** Whether the program has heard a signal that it handles. */
  #isProgramTold = false;

  constructor(options: SignalsOptions) {
    this.#options = options;
    hearOnce(() => this.#isProgramTold);
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** Connections are ended, so what the program does when it is to end it can do now: with SIGTERM, as without a cluster. */
  tellDrained(): void {
    if (this.#isProgramTold || process.listenerCount('SIGTERM') <= 1) return;
    process.emit('SIGTERM', 'SIGTERM');
  }

  /** From now on a signal does what it does by default. */
  remove(): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) {
      // A program that only closes its servers ends when nothing else is left to do; the channel is not its business.
      process.channel?.unref();
      this.#isProgramTold = true;
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
      this.remove();
      process.kill(process.pid, signal);
    } else {
      this.#hasAsked = true;
    }
  };
}

/** Once a program has heard SIGINT, it is not told the same by SIGTERM, or the other way round. */
function hearOnce(isProgramTold: () => boolean): void {
  const heardAtMs = new Map<string, number>();
  // oxlint-disable-next-line typescript/unbound-method -- called with its process below
  const emit = process.emit as (event: string, ...args: unknown[]) => boolean;
  process.emit = function (this: NodeJS.Process, event: string, ...args: unknown[]): boolean {
    if ((SIGNALS as readonly string[]).includes(event)) {
      const nowMs = own.now();
      const wish = event !== 'SIGHUP' && isProgramTold() ? 'to end' : event;
      if (nowMs - (heardAtMs.get(wish) ?? -Infinity) < SAME_SIGNAL_MS) return true;
      heardAtMs.set(event, nowMs);
      if (event !== 'SIGHUP') heardAtMs.set('to end', nowMs);
    }
    return Reflect.apply(emit, this, [event, ...args]);
  } as typeof process.emit;
}
