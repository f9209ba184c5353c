import os from 'node:os';

import { clampWindow } from '../core/window.ts';
import { own } from '../own.ts';
import { isCellFree, nextNumber, Ring } from '../protocol/ring.ts';
import type { ReportedLoad } from '../protocol/ring.ts';
import { debug } from '../system/debug.ts';
import { MAX_DESCRIPTORS, systemError } from '../system/descriptors.ts';
import type { QueueSender } from '../system/queue.ts';
import type { StarvationWatch } from '../system/starvation.ts';
import { LOOK_AGAIN_MS, SILENCE_MS } from './lane.ts';
import type { Connection, Lane, LaneEvents, Room } from './lane.ts';
import { Rest, UNFIT_MS } from './rest.ts';

export interface QueueLaneEvents extends LaneEvents {
  /** Whether another worker could have the connection at once. */
  readonly isWantedElsewhere: (connection: Connection) => boolean;
  /** The kernel refuses to carry anything: connections must go another way. */
  readonly onBroken: (reason: string) => void;
}

export interface QueueLaneOptions {
  readonly queue: QueueSender;
  readonly events: QueueLaneEvents;
  /** Looks after the lane while that is not idle. */
  readonly watch: { add(lane: QueueLane): void };
  readonly starvation: StarvationWatch;
  /** Default 0; what was sent gets the numbers after it. */
  readonly lastNumber?: number;
}

/** Who has been busy with one connection for so long may be for much longer. */
const LONG_MS = 5;
/** Each time that a connection was moved it waits so much longer before it is moved again, or it might never arrive. */
const PATIENCE_FACTOR = 4;
/** How long a worker gets nothing after the kernel would not carry more to it. */
const CONGESTED_MS = 10;

const { EAGAIN, ENOBUFS, ENOMEM } = os.constants.errno;
/** Too many descriptors of this user are on their way; os.constants has no name for it. */
const ETOOMANYREFS = 109;
/** What the kernel may carry a moment later. */
const PASSING_ERRORS: ReadonlySet<number> = new Set([EAGAIN, ENOBUFS, ENOMEM, ETOOMANYREFS]);

/** Survives the lane: it counts the moves between lanes. */
const timesMoved = new WeakMap<Connection, number>();

interface Entry {
  readonly connection: Connection;
  readonly sentAtMs: number;
  /** Since when the worker can be busy with it, as far as is known. */
  begunAtMs: number | undefined;
  isTaken: boolean;
}

interface Settled {
  readonly refused: { readonly connection: Connection; readonly reason: 'full' | 'closed' }[];
  readonly returned: Connection[];
  /** Whether the worker may have room that it did not have. */
  hasNews: boolean;
}

/**
 * Descriptors in batches over a socket, and a ring of cells in shared memory that says whose each connection is. The
 * primary keeps every connection until its cell says that the worker has it, and can take it back until then.
 */
export class QueueLane implements Lane {
  readonly #queue: QueueSender;
  readonly #ring: Ring;
  readonly #events: QueueLaneEvents;
  readonly #watch: QueueLaneOptions['watch'];
  readonly #starvation: StarvationWatch;
  readonly #rest: Rest;
  /** By number, oldest first. */
  readonly #entries = new Map<number, Entry>();
  /** How many of them the worker has taken, and wants no other beside them. */
  #held = 0;
  #batch: number[] = [];
  #lastNumber: number;
  #turns = 0;
  #taken = 0;
  #isSilent = false;
  #isBroken = false;

  constructor({ queue, events, watch, starvation, lastNumber = 0 }: QueueLaneOptions) {
    this.#queue = queue;
    this.#ring = new Ring(queue.words);
    this.#events = events;
    this.#watch = watch;
    this.#starvation = starvation;
    this.#rest = new Rest(() => events.onRoom());
    this.#lastNumber = lastNumber;
  }

  get room(): Room {
    if (this.#isSilent || this.#rest.isOn) return 'later';
    const window = clampWindow(this.#ring.window);
    if (this.#entries.size < window && this.#isNextCellFree) return 'now';
    return window > 1 ? 'soon' : 'later';
  }

  get busySinceMs(): number | undefined {
    if (this.#entries.size !== 1 || this.#isSilent || this.#rest.isOn) return undefined;
    for (const [number, { begunAtMs }] of this.#entries) {
      if (begunAtMs === undefined || own.now() - begunAtMs >= LONG_MS) return undefined;
      return this.#ring.state(number) === 'taken' ? begunAtMs : undefined;
    }
    return undefined;
  }

  get pending(): number {
    return this.#entries.size - this.#held;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Whether it can carry nothing any more. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** What the worker says of its load. */
  get load(): ReportedLoad {
    return this.#ring.load;
  }

  /** Whether there is nothing that `collect()` or `judge()` could find. */
  get isIdle(): boolean {
    return this.#entries.size === 0 && !this.#isSilent;
  }

  send(connection: Connection): void {
    this.#lastNumber = nextNumber(this.#lastNumber);
    this.#ring.put(this.#lastNumber);
    const sentAtMs = own.now();
    const begunAtMs = this.#entries.size === 0 ? sentAtMs : undefined;
    const wasIdle = this.isIdle;
    this.#entries.set(this.#lastNumber, { connection, sentAtMs, begunAtMs, isTaken: false });
    this.#batch.push(this.#lastNumber);
    if (wasIdle) this.#watch.add(this);
  }

  post(): void {
    const batch = this.#batch;
    this.#batch = [];
    for (let next = 0; next < batch.length; next += MAX_DESCRIPTORS) {
      const errno = this.#sendMessage(batch.slice(next, next + MAX_DESCRIPTORS));
      if (errno === 0) continue;
      debug('a queue takes no more: errno %d', -errno);
      if (PASSING_ERRORS.has(-errno)) this.#rest.begin(CONGESTED_MS);
      else this.#break(errno);
      this.#giveBack(batch.slice(next));
      return;
    }
  }

  /** Reads from the ring what the worker has done with its connections. */
  collect(): void {
    const { refused, returned, hasNews } = this.#settle();
    for (const { connection, reason } of refused) this.#events.onRefused(connection, reason);
    if (returned.length > 0) {
      this.#rest.begin(UNFIT_MS);
      this.#events.onReturned(returned);
    }
    if (hasNews) this.#events.onRoom();
  }

  /** Judges whether the worker has left a connection waiting for too long; gives in how many ms to do so again. */
  judge(): number {
    const nowMs = own.now();
    const untaken = [...this.#entries.values()].filter(({ isTaken }) => !isTaken);
    const late = untaken.filter(({ sentAtMs }) => nowMs - sentAtMs >= SILENCE_MS);
    if (late.length > 0 && this.#starvation.look()) return LOOK_AGAIN_MS;
    this.#starvation.forget();
    if (late.length > 0) this.#distrust(late, nowMs);
    const next = untaken[late.length];
    return next ? SILENCE_MS - (nowMs - next.sentAtMs) : SILENCE_MS;
  }

  recall(): Connection[] {
    const recalled: Connection[] = [];
    for (const [number, { connection }] of this.#entries) {
      if (!this.#ring.move(number, 'sent', 'revoked')) continue;
      this.#remove(number);
      recalled.push(connection);
    }
    this.#batch = [];
    // Only revoked ones can be left unread; their descriptors would keep connections open that others have ended.
    if (recalled.length > 0) this.#queue.discard();
    return recalled;
  }

  takeBack(): Connection[] {
    const { refused, returned } = this.#settle();
    const back = [...refused.map(({ connection }) => connection), ...returned, ...this.recall()];
    for (const { connection, isTaken } of this.#entries.values()) if (!isTaken) connection.socket.close();
    this.#entries.clear();
    this.#held = 0;
    return back.toSorted((one, other) => one.seq - other.seq);
  }

  /** The worker has ended, or will never read from here. */
  close(): void {
    // What is not sent yet must not go out on a descriptor that may be another's by then.
    this.#batch = [];
    this.#rest.cancel();
    this.#queue.close();
  }

  get #isNextCellFree(): boolean {
    for (const oldest of this.#entries.keys()) return isCellFree(nextNumber(this.#lastNumber), oldest);
    return true;
  }

  #settle(): Settled {
    const settled: Settled = { refused: [], returned: [], hasNews: this.#noticeTurn() };
    for (const [number, entry] of this.#entries) {
      const { connection } = entry;
      const state = this.#ring.state(number);
      if (state === 'sent' || (state === 'taken' && entry.isTaken)) continue;
      settled.hasNews = true;
      if (state === 'full' || state === 'closed') settled.refused.push({ connection, reason: state });
      else if (state === 'unfit') settled.returned.push(connection);
      // A cell that was scribbled over counts as taken: nobody is to be answered twice.
      else if (!entry.isTaken) {
        this.#taken += 1;
        connection.socket.close();
      }
      if (state === 'taken') this.#hold(entry);
      else this.#remove(number);
    }
    return settled;
  }

  #hold(entry: Entry): void {
    entry.isTaken = true;
    entry.begunAtMs ??= own.now();
    this.#held += 1;
  }

  #remove(number: number): void {
    if (this.#entries.get(number)?.isTaken) this.#held -= 1;
    this.#entries.delete(number);
  }

  #noticeTurn(): boolean {
    const { turns } = this.#ring;
    const wasSilent = this.#isSilent;
    if (turns !== this.#turns) this.#isSilent = false;
    this.#turns = turns;
    return wasSilent && !this.#isSilent;
  }

  /** Gives 0, or the negative number of the error. */
  #sendMessage(numbers: readonly number[]): number {
    const words: number[] = [];
    const descriptors: number[] = [];
    for (const number of numbers) {
      const { connection } = this.#entries.get(number) ?? {};
      if (!connection) continue;
      words.push(number, connection.listener);
      descriptors.push(connection.socket.fd);
    }
    return descriptors.length > 0 ? this.#queue.send(words, descriptors) : 0;
  }

  /** Connections that have not been sent. */
  #giveBack(numbers: readonly number[]): void {
    const connections: Connection[] = [];
    for (const number of numbers) {
      const entry = this.#entries.get(number);
      if (!entry) continue;
      this.#ring.move(number, 'sent', 'revoked');
      this.#remove(number);
      connections.push(entry.connection);
    }
    this.#events.onReturned(connections);
  }

  #break(errno: number): void {
    this.#isBroken = true;
    this.#events.onBroken(systemError('sendmsg', -errno).message);
  }

  /** A worker that has left a connection waiting gets no other, and loses what another worker could have now. */
  #distrust(late: readonly Entry[], nowMs: number): void {
    if (!this.#isSilent) debug('a worker is passed over: it has left %d connections waiting', late.length);
    this.#isSilent = true;
    const isMovable = late.some(({ connection, sentAtMs }) => {
      const patienceMs = SILENCE_MS * PATIENCE_FACTOR ** (timesMoved.get(connection) ?? 0);
      return nowMs - sentAtMs >= patienceMs && this.#events.isWantedElsewhere(connection);
    });
    if (!isMovable) return;
    const recalled = this.recall();
    for (const connection of recalled) {
      timesMoved.set(connection, (timesMoved.get(connection) ?? 0) + 1);
    }
    if (recalled.length === 0) return;
    debug('moved from a silent worker: %d connections', recalled.length);
    this.#events.onReturned(recalled);
  }
}
