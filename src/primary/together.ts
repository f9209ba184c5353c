import type { OfferedFleet } from '../api/fleet-link.ts';
import type { PrimaryDoor, TextWay, TogetherEvents, TogetherWorker } from '../api/together.ts';
import { loadHub } from '../load-hub.ts';
import { own } from '../own.ts';
import { debug } from '../system/debug.ts';
import { tryLibc } from '../system/libc.ts';
import { invitedPipes } from '../system/pipes.ts';
import type { PipeEnds } from '../system/pipes.ts';
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
    this.#known.set(record.id, { record, worker, takesPipes: false, text: undefined });
    this.events?.onForked(worker);
  }

  /** The worker asks for its way to the hub. */
  join(record: WorkerRecord, takesPipes: boolean): void {
    const known = this.#known.get(record.id);
    if (!known) return;
    known.takesPipes = takesPipes;
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

  openPipes(worker: TogetherWorker): PipeEnds | undefined {
    const known = this.#known.get(worker.id);
    const pipes = known?.takesPipes ? tryPipes() : undefined;
    if (!known || !pipes) return undefined;
    const { here, invitation } = pipes;
    known.record.post.insist({ act: 'joined' }, invitation, { onOver: () => invitation.close() });
    return here;
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
  takesPipes: boolean;
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

/** `undefined` where this system, or just now, has none. */
function tryPipes(): ReturnType<typeof invitedPipes> | undefined {
  const libc = tryLibc();
  if (!libc) return undefined;
  try {
    return invitedPipes(libc);
  } catch (error) {
    debug('no pipes: %s', (error as Error).message);
    return undefined;
  }
}
