import { windowFor } from '../core/window.ts';
import { own } from '../own.ts';
import { Ring } from '../protocol/ring.ts';
import type { ReportedLoad } from '../protocol/ring.ts';
import { debug } from '../system/debug.ts';
import type { Parcel } from '../system/descriptors.ts';
import { openConnection } from '../system/node-internals.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { acceptInvitation } from '../system/queue.ts';
import type { QueueReceiver } from '../system/queue.ts';
import { CostMeter } from './cost-meter.ts';
import type { Offer } from './offer.ts';

/** A program's first connections take long because its code is not compiled yet, and say nothing of later ones. */
const COLD = 32;
/** So few, that what else this process has to do gets its turn, and the rest can still go to other workers. */
const OFFERS_A_TURN = 4;

/** A connection that has been read from the queue. */
interface Unread {
  readonly number: number;
  readonly listener: number;
  /** Absent where this process had no descriptor left for it. */
  readonly fd: number | undefined;
}

/** What made this look: the primary, while the event loop polls; or itself, after that. */
type TurnCause = 'woken' | 'again' | 'released';

const NOTHING: Parcel = { words: new Uint32Array(), descriptors: [] };

/**
 * Opens the queue that the primary offers.
 *
 * @throws {Error} What is in the way.
 */
export function openQueue(
  invitation: RawHandle,
  onOffer: (listener: number, offer: Offer) => void,
): QueueIntake {
  let intake: QueueIntake | undefined;
  const queue = acceptInvitation(invitation, () => intake?.wake());
  intake = new QueueIntake(queue, onOffer);
  return intake;
}

/** Takes connections from a queue whenever the primary has put some there, and offers each to `onOffer`. */
export class QueueIntake {
  readonly #queue: QueueReceiver;
  readonly #ring: Ring;
  readonly #onOffer: (listener: number, offer: Offer) => void;
  readonly #cost = new CostMeter();
  readonly #unread: Unread[] = [];
  /** The primary's numbers begin at 1. */
  #lastRead = 0;
  #offered = 0;
  /** How many connections the turn that is running, or was last, is about, and how many of them are still to be offered. */
  #size = 0;
  #left = 0;
  #again: NodeJS.Immediate | undefined;
  /** Of the turn that is running, or was last. */
  #cause: TurnCause = 'woken';
  /** Whether a connection is being handled beside which no other is wanted. */
  #isHeld = false;

  constructor(queue: QueueReceiver, onOffer: (listener: number, offer: Offer) => void) {
    this.#queue = queue;
    this.#ring = new Ring(queue.words);
    this.#onOffer = onOffer;
  }

  /** The primary sees it when it looks. */
  report(load: ReportedLoad): void {
    this.#ring.load = load;
  }

  /** The primary has put something into the queue. */
  wake(): void {
    if (!this.#again && !this.#isHeld) this.#turn('woken');
  }

  /** A turn offers a few connections, each in a call of its own from the event loop, as libuv would bring it. */
  #turn(cause: TurnCause): void {
    this.#again = undefined;
    this.#cause = cause;
    this.#ring.countTurn();
    // Not while a connection waits for it: what this turn begins is measured by the next.
    if (cause !== 'woken') this.#adaptWindow();
    // Beside one that is being handled no other may be wanted.
    this.#size = Math.min(this.#read(), this.#ring.window === 1 ? 1 : OFFERS_A_TURN);
    this.#left = this.#size;
    if (this.#size === 0) {
      this.#endTurn();
      return;
    }
    // Before the first one reaches the program: what its listener enters is not to be entered in the others.
    for (let later = 1; later < this.#size; later += 1) own.setImmediate(() => this.#offerNext());
    this.#again = own.setImmediate(() => this.#turn('again'));
    this.#offerNext();
  }

  #offerNext(): void {
    try {
      const next = this.#unread.shift();
      if (next) this.#offer(next);
    } finally {
      // Also when a program's listener throws.
      this.#left -= 1;
      if (this.#left === 0) this.#endTurn();
    }
  }

  #endTurn(): void {
    this.#offered += this.#size;
    this.#cost.count(this.#size);
    // A connection beside which no other is wanted is no news before it has been handled.
    const settled = this.#isHeld ? this.#size - 1 : this.#size;
    // Who was woken for nothing says so as well: the primary may have taken this process for silent.
    const isInVain = this.#cause === 'released' || (this.#cause === 'woken' && !this.#isHeld);
    if (settled > 0 || isInVain) this.#queue.wakePrimary();
    if (!this.#isHeld) return;
    own.clearImmediate(this.#again);
    this.#again = undefined;
  }

  #adaptWindow(): void {
    const busyMs = this.#cost.measure();
    if (busyMs === undefined || this.#offered < COLD) return;
    const window = windowFor(busyMs);
    if (window === 1 && this.#ring.window !== 1)
      debug('takes one connection at a time: each keeps it busy for %s ms', busyMs.toFixed(1));
    this.#ring.window = window;
  }

  /** Gives how many connections have been read and are not offered yet. */
  #read(): number {
    if (this.#unread.length === 0 && this.#ring.lastSent !== this.#lastRead) {
      const { words, descriptors } = this.#queue.receive() ?? NOTHING;
      for (let i = 0; i + 1 < words.length; i += 2) {
        const [number = 0, listener = 0] = words.subarray(i, i + 2);
        this.#unread.push({ number, listener, fd: descriptors[i / 2] });
        this.#lastRead = number;
      }
    }
    return this.#unread.length;
  }

  #offer({ number, listener, fd }: Unread): void {
    if (fd === undefined) this.#ring.move(number, 'sent', 'unfit');
    else this.#onOffer(listener, this.#offerOf(number, fd));
  }

  #offerOf(number: number, fd: number): Offer {
    return {
      isKept: false,
      accept: (kind) => {
        const handle = openConnection(fd, kind);
        if (typeof handle === 'number') {
          this.#queue.close(fd);
          this.#ring.move(number, 'sent', 'unfit');
          return undefined;
        }
        const wantsNoOther = this.#ring.window === 1;
        if (!this.#ring.move(number, 'sent', wantsNoOther ? 'taken' : 'done')) {
          // The primary has lost patience, and gives it to another worker.
          handle.close();
          return undefined;
        }
        if (wantsNoOther) this.#hold(number);
        return handle;
      },
      refuse: (reason) => {
        this.#queue.close(fd);
        this.#ring.move(number, 'sent', reason);
      },
    };
  }

  /** Until the connection's first request, which is there when the event loop polls again, has been handled. */
  #hold(number: number): void {
    this.#isHeld = true;
    const release = (): void => {
      this.#isHeld = false;
      this.#ring.move(number, 'taken', 'done');
      // What has come in the meantime is begun before the primary could say anything.
      this.#turn('released');
    };
    // An immediate comes after the next poll; where that is going on, after this one.
    if (this.#cause === 'woken') own.setImmediate(() => own.setImmediate(release));
    else own.setImmediate(release);
  }
}
