import { QueueLane } from '../lanes/queue-lane.ts';
import type { QueueLaneEvents } from '../lanes/queue-lane.ts';
import { QueueWatch } from '../lanes/queue-watch.ts';
import { own } from '../own.ts';
import { debug } from '../system/debug.ts';
import { assertDescriptorsFor, isShortage } from '../system/descriptor-room.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { QueueFactory } from '../system/queue.ts';
import type { QueueSender } from '../system/queue.ts';
import { Starvation } from '../system/starvation.ts';
import { warnOnce } from '../system/warning.ts';
import type { WorkerRecord } from './worker-record.ts';

/** Loading what a queue needs takes some milliseconds, which are not to hold up workers that are still to start. */
const QUIET_MS = 100;
/** Where workers never cease to start. */
const MAX_WAIT_MS = 1000;
/** Where connections never cease to wait for workers. */
const MAX_BUSY_MS = 300;

/** Where there were too few descriptors. */
const RETRY_MS = 500;
/** Of a queue, and of what brings it to its worker. */
const DESCRIPTORS_EACH = 6;

/** What is told of a worker that could not even be asked. */
const NO_ROOM = 'a worker is out of descriptors';

export type QueueMode = 'never' | 'when quiet' | 'at once';

/** The mode that GRAPPOLO_LANE names. */
export function queueMode(lane: string | undefined, platform: NodeJS.Platform): QueueMode {
  if (platform !== 'linux' || lane === 'ipc') return 'never';
  return lane === 'queue' ? 'at once' : 'when quiet';
}

export interface QueueUpgradesOptions {
  readonly mode: QueueMode;
  readonly eventsOf: (record: WorkerRecord) => QueueLaneEvents;
  /** Whether connections wait for workers, which had better not be held up. */
  readonly isBusy: () => boolean;
}

/** Gives workers the queue lane, once the cluster has started and where the system has what it takes. */
export class QueueUpgrades {
  readonly #mode: QueueMode;
  readonly #eventsOf: QueueUpgradesOptions['eventsOf'];
  readonly #isBusy: QueueUpgradesOptions['isBusy'];
  readonly #candidates = new Set<WorkerRecord>();
  /** Queues whose workers have not said whether they can use them, and those in use. */
  readonly #queues = new Map<WorkerRecord, QueueSender>();
  /** What brings a queue to a worker, until it has come. */
  readonly #invitations = new Map<WorkerRecord, RawHandle>();
  readonly #watch = new QueueWatch();
  #factory: QueueFactory | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #waitingSinceMs = 0;
  #isImpossible = false;

  constructor({ mode, eventsOf, isBusy }: QueueUpgradesOptions) {
    this.#mode = mode;
    this.#eventsOf = eventsOf;
    this.#isBusy = isBusy;
  }

  /** A worker is being started: queues can wait. */
  postpone(): void {
    if (this.#quiet && this.#waitedMs < MAX_WAIT_MS) this.#waitForQuiet();
  }

  /** A worker is given connections, and may have a queue for them. */
  add(record: WorkerRecord): void {
    if (this.#mode === 'never' || this.#isImpossible || this.#queues.has(record)) return;
    this.#candidates.add(record);
    if (this.#mode === 'at once') {
      this.#inviteAll();
      return;
    }
    if (this.#quiet) {
      this.postpone();
      return;
    }
    this.#waitingSinceMs = own.now();
    this.#waitForQuiet();
  }

  /** The worker has opened its end. */
  ready(record: WorkerRecord): void {
    const queue = this.#queues.get(record);
    if (!queue || record.lane.queue) return;
    const events = this.#eventsOf(record);
    const starvation = new Starvation(record.face.process.pid ?? 0);
    record.lane.upgrade(new QueueLane({ queue, events, watch: this.#watch, starvation }));
  }

  /** The worker cannot open its end. */
  failed(record: WorkerRecord, { reason, isPassing }: { reason: string; isPassing: boolean }): void {
    if (record.lane.queue) return;
    this.#discard(record);
    if (isPassing) {
      this.#candidates.add(record);
      this.#retryLater();
    }
    warnOnce('GRAPPOLO_NO_QUEUE_LANE', reason);
  }

  /** The worker has ended, and its connections are taken back. */
  remove(record: WorkerRecord): void {
    this.#candidates.delete(record);
    this.#closeInvitation(record);
    const queue = this.#queues.get(record);
    this.#queues.delete(record);
    const lane = record.lane.queue;
    if (lane) {
      this.#watch.delete(lane);
      lane.close();
    } else queue?.close();
  }

  get #waitedMs(): number {
    return own.now() - this.#waitingSinceMs;
  }

  #waitForQuiet(): void {
    own.clearTimeout(this.#quiet);
    this.#quiet = own
      .setTimeout(() => {
        if (this.#isBusy() && this.#waitedMs < MAX_BUSY_MS) this.#waitForQuiet();
        else this.#inviteAll();
      }, QUIET_MS)
      .unref();
  }

  #inviteAll(): void {
    this.#quiet = undefined;
    const records = [...this.#candidates].filter((record) => !record.isLeaving);
    this.#candidates.clear();
    for (const record of records) {
      if (this.#isImpossible) return;
      this.#invite(record);
    }
    if (this.#candidates.size > 0) this.#retryLater();
  }

  /** As soon as there is room. */
  #retryLater(): void {
    this.#quiet ??= own.setTimeout(() => this.#inviteAll(), RETRY_MS).unref();
  }

  #invite(record: WorkerRecord): void {
    try {
      assertDescriptorsFor(DESCRIPTORS_EACH);
      this.#factory ??= new QueueFactory(() => this.#watch.collect());
      const queue = this.#factory.create();
      this.#queues.set(record, queue);
      const invitation = queue.invitation();
      this.#invitations.set(record, invitation);
      debug('worker %d is offered a queue', record.id);
      record.post.send({ act: 'queue' }, invitation, (hasCome) => {
        this.#closeInvitation(record);
        if (!hasCome && record.isConnected) this.failed(record, { reason: NO_ROOM, isPassing: true });
      });
    } catch (error) {
      this.#discard(record);
      if (isShortage(error)) this.#candidates.add(record);
      else this.#isImpossible ||= !this.#factory;
      warnOnce('GRAPPOLO_NO_QUEUE_LANE', (error as Error).message);
    }
  }

  #discard(record: WorkerRecord): void {
    this.#closeInvitation(record);
    this.#queues.get(record)?.close();
    this.#queues.delete(record);
  }

  #closeInvitation(record: WorkerRecord): void {
    this.#invitations.get(record)?.close();
    this.#invitations.delete(record);
  }
}
