import { own } from '../own.ts';
import { CELLS, combine, listenerCells, retire } from '../protocol/numbers.ts';
import type { ListenerCells, WorkerCells } from '../protocol/numbers.ts';
import { debug } from '../system/debug.ts';
import { assertDescriptorsFor } from '../system/descriptor-room.ts';
import { DescriptorMail } from '../system/descriptors.ts';
import { invite } from '../system/invitation.ts';
import { tryLibc } from '../system/libc.ts';
import type { Libc } from '../system/libc.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { SharedPages } from '../system/shared-page.ts';
import type { SharedPage } from '../system/shared-page.ts';
import type { WorkerRecord } from './worker-record.ts';

/** What the workers of one slot have counted and measured. */
export interface SlotNumbers {
  readonly slot: number;
  /** How long ago its youngest worker that has written anything did so; `undefined` where none lives. */
  readonly ageMs: number | undefined;
  readonly cells: readonly number[];
  /** By listener. */
  readonly connections: readonly ListenerCells[];
}

interface Counted {
  readonly slot: number;
  readonly page: SharedPage | undefined;
  /** What brings the page to the worker, until it has come. */
  invitation: RawHandle | undefined;
  cells: WorkerCells;
}

interface Memory {
  readonly libc: Libc;
  readonly mail: DescriptorMail;
  readonly pages: SharedPages;
}

/** Of a page, and of what brings it to its worker. */
const DESCRIPTORS_EACH = 3;

/** The numbers of all workers, those that are gone included. They count nothing until somebody wants to know. */
export class Numbers {
  readonly #counted = new Map<WorkerRecord, Counted>();
  readonly #retired = new Map<number, WorkerCells>();
  /** By slot, what workers that are gone have had from each listener. */
  readonly #retiredConnections = new Map<number, ListenerCells[]>();
  #memory: Memory | undefined;
  #isOn = false;

  /** Begins or ends the counting of these workers, and of those that are added later. */
  count(isOn: boolean, records: Iterable<WorkerRecord>): void {
    if (this.#isOn === isOn) return;
    this.#isOn = isOn;
    for (const record of records) {
      if (!isOn || this.#counted.has(record)) record.send({ act: 'count', isOn });
      else this.add(record);
    }
  }

  /** A worker has been started. */
  add(record: WorkerRecord): void {
    if (!this.#isOn) return;
    const page = this.#takePage();
    const counted: Counted = {
      slot: record.poolSlot,
      page,
      invitation: page && this.#tryToInvite(page),
      cells: page ? new Float64Array(page.memory) : [],
    };
    this.#counted.set(record, counted);
    const message = { act: 'count', isOn: true } as const;
    if (!counted.invitation) {
      record.send(message);
      return;
    }
    record.post.send(message, counted.invitation, (hasCome) => {
      closeInvitation(counted);
      // It can send them.
      if (!hasCome && this.#isOn) record.send(message);
    });
  }

  /** What a worker says that cannot write to a page. */
  receive(record: WorkerRecord, cells: readonly number[]): void {
    const counted = this.#counted.get(record);
    if (counted) counted.cells = cells;
  }

  /** The worker's process has ended. */
  remove(record: WorkerRecord): void {
    const counted = this.#counted.get(record);
    if (!counted) return;
    this.#counted.delete(record);
    closeInvitation(counted);
    const { slot, cells, page } = counted;
    this.#retired.set(slot, retire(this.#retired.get(slot), cells));
    this.#retiredConnections.set(
      slot,
      addUp([
        ...(this.#retiredConnections.get(slot) ?? []),
        ...listenerCells(cells).map((each) => ({ ...each, open: 0 })),
      ]),
    );
    if (page) this.#memory?.pages.giveBack(page);
  }

  /** By slot. */
  read(): SlotNumbers[] {
    const living = [...this.#counted.values()];
    const slots = new Set([...living.map(({ slot }) => slot), ...this.#retired.keys()]);
    return [...slots]
      .toSorted((one, other) => one - other)
      .map((slot) =>
        this.#readSlot(
          slot,
          living.filter((each) => each.slot === slot).map(({ cells }) => cells),
        ),
      );
  }

  #readSlot(slot: number, living: readonly WorkerCells[]): SlotNumbers {
    const cells = combine(this.#retired.get(slot), living);
    const writtenAtMs = cells[CELLS.writtenAtMs.at] ?? 0;
    return {
      slot,
      ageMs: writtenAtMs > 0 ? Math.max(0, own.now() - writtenAtMs) : undefined,
      cells,
      connections: addUp([...(this.#retiredConnections.get(slot) ?? []), ...living.flatMap(listenerCells)]),
    };
  }

  #takePage(): SharedPage | undefined {
    try {
      assertDescriptorsFor(DESCRIPTORS_EACH);
      return this.#openMemory()?.pages.take();
    } catch (error) {
      debug('no memory for the numbers of a worker: %s', (error as Error).message);
      return undefined;
    }
  }

  #tryToInvite({ fd }: SharedPage): RawHandle | undefined {
    try {
      return this.#memory && invite(this.#memory.libc, this.#memory.mail, [fd]);
    } catch (error) {
      debug('a worker sends its numbers: %s', (error as Error).message);
      return undefined;
    }
  }

  #openMemory(): Memory | undefined {
    if (this.#memory) return this.#memory;
    const libc = tryLibc();
    if (!libc) return undefined;
    this.#memory = { libc, mail: new DescriptorMail(libc), pages: new SharedPages(libc) };
    return this.#memory;
  }
}

function closeInvitation(counted: Counted): void {
  counted.invitation?.close();
  counted.invitation = undefined;
}

/** One for each listener. */
function addUp(all: readonly ListenerCells[]): ListenerCells[] {
  const sums = new Map<number, ListenerCells>();
  for (const { listener, accepted, open } of all) {
    const sum = sums.get(listener);
    sums.set(listener, {
      listener,
      accepted: (sum?.accepted ?? 0) + accepted,
      open: (sum?.open ?? 0) + open,
    });
  }
  return [...sums.values()];
}
