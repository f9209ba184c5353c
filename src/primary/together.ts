import type { OfferedFleet } from '../api/fleet-link.ts';
import type { PrimaryDoor, TextWay, TogetherEvents, TogetherWorker } from '../api/together.ts';
import { loadHub } from '../load-hub.ts';
import { own } from '../own.ts';
import { debug } from '../system/debug.ts';
import { streamPair } from '../system/descriptors.ts';
import { tryLibc } from '../system/libc.ts';
import type { Libc } from '../system/libc.ts';
import { openPipe } from '../system/node-internals.ts';
import type { RawHandle } from '../system/node-internals.ts';
import type { WorkerRecord } from './worker-record.ts';

/** The workers as the hub sees them, and its ways to them. The hub itself is loaded when first somebody wants to join it. */
export class Together implements PrimaryDoor {
  events: TogetherEvents | undefined;
  hub: object | undefined;
  fleet: OfferedFleet | undefined;
  readonly #known = new Map<number, Known>();

  workers(): readonly TogetherWorker[] {
    return [...this.#known.values()].map(({ worker }) => worker);
  }

  forked(record: WorkerRecord): void {
    const worker = workerOf(record);
    this.#known.set(record.id, { record, worker, text: undefined });
    this.events?.onForked(worker);
  }

  /** The worker asks for its way to the hub. */
  join(record: WorkerRecord): void {
    const known = this.#known.get(record.id);
    if (!known) return;
    if (!this.events) loadHub().hubOf(this);
    this.events?.onJoin(known.worker);
  }

  received(record: WorkerRecord, data: string): void {
    this.#known.get(record.id)?.text?.onData?.(data);
  }

  leaving(record: WorkerRecord): void {
    const known = this.#known.get(record.id);
    if (known) this.events?.onLeaving(known.worker);
  }

  ended(record: WorkerRecord): void {
    const known = this.#known.get(record.id);
    if (!known) return;
    this.#known.delete(record.id);
    this.events?.onEnded(known.worker);
  }

  openSocket(worker: TogetherWorker): number | undefined {
    const known = this.#known.get(worker.id);
    const pair = known && socketAndHandle();
    if (!pair) return undefined;
    known.record.post.insist({ act: 'joined' }, pair.there, { onOver: () => pair.there.close() });
    return pair.here;
  }

  textWay(worker: TogetherWorker): TextWay {
    const known = this.#known.get(worker.id);
    const text: TextWay = {
      send: (data, onSent) => {
        if (known) known.record.send({ act: 'bytes', data }, undefined, onSent);
      },
      onData: undefined,
    };
    if (known) {
      known.text = text;
      known.record.send({ act: 'joined' });
    }
    return text;
  }
}

interface Known {
  readonly record: WorkerRecord;
  readonly worker: TogetherWorker;
  text: TextWay | undefined;
}

function workerOf(record: WorkerRecord): TogetherWorker {
  return {
    id: record.id,
    slot: record.poolSlot,
    forkedAtMs: own.now(),
    get isLeaving() {
      return record.isLeaving;
    },
    get connections() {
      return record.load.open + record.lane.pending;
    },
  };
}

/** A pair of sockets: a descriptor for here, and for there what Node can send. `undefined` where this system, or just now, has none. */
function socketAndHandle(): { readonly here: number; readonly there: RawHandle } | undefined {
  const libc = tryLibc();
  if (!libc) return undefined;
  try {
    const [here, there] = streamPair(libc);
    return sendable(libc, here, there);
  } catch (error) {
    debug('no pair of sockets: %s', (error as Error).message);
    return undefined;
  }
}

function sendable(
  libc: Libc,
  here: number,
  there: number,
): { readonly here: number; readonly there: RawHandle } | undefined {
  const handle = openPipe(there);
  if (typeof handle !== 'number') return { here, there: handle };
  libc.close(here);
  libc.close(there);
  return undefined;
}
