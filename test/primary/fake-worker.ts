import type { Connection, Lane } from '../../src/lanes/lane.ts';
import type { ListeningWorker } from '../../src/primary/listener.ts';

/** A worker that keeps what it is given until a test says what becomes of it. */
export class FakeWorker implements ListeningWorker {
  readonly id: number;
  readonly slot: number;
  readonly poolSlot: number;
  readonly lane: Lane;
  readonly got: Connection[] = [];
  isLeaving = false;
  isOutOfDescriptors = false;
  /** The slots that it was lent. */
  readonly lent = new Set<number>();
  room = Infinity;
  taken = 0;
  /** Since when it is busy, where it takes a connection beside those that it has room for. */
  busySinceMs: number | undefined;
  readonly queuedAhead: Connection[] = [];
  load = { closed: 0, open: 0, delayMs: 0 };

  constructor(id: number, slot = id - 1) {
    this.id = id;
    this.slot = slot;
    this.poolSlot = slot;
    const { got } = this;
    let unposted: (() => void)[] = [];
    const busySinceMs = (): number | undefined =>
      this.queuedAhead.length + unposted.length === 0 ? this.busySinceMs : undefined;
    const taken = (): number => this.taken;
    const hasRoom = (): boolean => got.length + unposted.length < this.room;
    this.lane = {
      get room() {
        return hasRoom() ? 'now' : 'later';
      },
      get busySinceMs() {
        return busySinceMs();
      },
      get taken() {
        return taken();
      },
      get pending() {
        return got.length + unposted.length;
      },
      send: (connection) => {
        const where = hasRoom() ? got : this.queuedAhead;
        unposted.push(() => where.push(connection));
      },
      post: () => {
        for (const arrive of unposted) arrive();
        unposted = [];
      },
      recall: () => [],
      takeBack: () => got.splice(0),
    };
  }

  /** Where a listener has connections taken back. */
  requeue: (connections: Connection[]) => void = () => {};

  recall(): boolean {
    const recalled = this.queuedAhead.splice(0);
    this.requeue(recalled);
    return recalled.length > 0;
  }

  lend(_listener: number, slot: number, _handle: unknown, onLost: () => void): void {
    if (this.isOutOfDescriptors) onLost();
    else this.lent.add(slot);
  }

  unlend(_listener: number, slot: number): void {
    this.lent.delete(slot);
  }

  get seqs(): number[] {
    return this.got.map(({ seq }) => seq);
  }

  /** Takes a connection out of what this worker holds. */
  give(seq: number): Connection | undefined {
    const at = this.got.findIndex((connection) => connection.seq === seq);
    return at === -1 ? undefined : this.got.splice(at, 1)[0];
  }

  closeAll(): void {
    for (const { socket } of this.got.splice(0)) socket.close();
  }
}
