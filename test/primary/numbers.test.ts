import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { Numbers } from '../../src/primary/numbers.ts';
import type { WorkerRecord } from '../../src/primary/worker-record.ts';
import { CELL_COUNT, CELLS } from '../../src/protocol/numbers.ts';
import type { PrimaryMessage } from '../../src/protocol/messages.ts';
import { openInvitedPage } from '../../src/system/invitation.ts';
import { tryLibc } from '../../src/system/libc.ts';
import type { RawHandle } from '../../src/system/node-internals.ts';

const HAS_MEMORY = tryLibc() !== undefined;

/** A worker as far as its numbers go. */
class FakeRecord {
  readonly poolSlot: number;
  readonly heard: PrimaryMessage[] = [];
  handle: RawHandle | undefined;
  #onAnswer: ((hasCome: boolean) => void) | undefined;

  constructor(poolSlot: number) {
    this.poolSlot = poolSlot;
  }

  readonly post = {
    send: (message: PrimaryMessage, handle: RawHandle, onAnswer: (hasCome: boolean) => void): void => {
      this.heard.push(message);
      this.handle = handle;
      this.#onAnswer = onAnswer;
    },
  };

  send(message: PrimaryMessage): void {
    this.heard.push(message);
  }

  /** Its page has not come. */
  lose(): void {
    this.#onAnswer?.(false);
  }

  /** Its page has come. */
  open(): Float64Array {
    assert(this.handle);
    const page = new Float64Array(openInvitedPage(this.handle));
    this.#onAnswer?.(true);
    return page;
  }

  get record(): WorkerRecord {
    return this as unknown as WorkerRecord;
  }
}

function cellsOf(connections: number, accepted = connections): number[] {
  const cells = Array.from({ length: CELL_COUNT }, () => 0);
  cells[CELLS.writtenAtMs.at] = 1;
  cells[CELLS.connections.at] = connections;
  cells.splice(CELLS.listeners.at, 3, 4, accepted, 1);
  return cells;
}

function connectionsIn(numbers: Numbers, slot: number): number | undefined {
  return numbers.read().find((each) => each.slot === slot)?.cells[CELLS.connections.at];
}

describe('the numbers of all workers', () => {
  it('ask nobody to count until somebody wants to know', () => {
    const numbers = new Numbers();
    const [one, other] = [new FakeRecord(0), new FakeRecord(1)];
    numbers.add(one.record);
    assert.deepEqual([one.heard, numbers.read()], [[], []]);
    numbers.count(true, [one.record]);
    numbers.count(true, [one.record]);
    numbers.add(other.record);
    assert.deepEqual(
      [...one.heard, ...other.heard],
      [1, 2].map(() => ({ act: 'count', isOn: true })),
    );
    numbers.count(false, [one.record, other.record]);
    assert.deepEqual(one.heard.at(-1), { act: 'count', isOn: false });
    for (const each of [one, other]) numbers.remove(each.record);
  });

  it('keep what those that are gone had counted, and from which listeners', () => {
    const numbers = new Numbers();
    numbers.count(true, []);
    const workers = [new FakeRecord(2), new FakeRecord(2), new FakeRecord(2)];
    for (const each of workers) {
      numbers.add(each.record);
      numbers.receive(each.record, cellsOf(5));
    }
    numbers.remove((workers[0] as FakeRecord).record);
    numbers.remove((workers[1] as FakeRecord).record);
    numbers.remove((workers[1] as FakeRecord).record);
    const [slot] = numbers.read();
    assert.equal(slot?.cells[CELLS.connections.at], 15);
    assert.deepEqual(slot.connections, [{ listener: 4, accepted: 15, open: 1 }]);
    assert.equal(typeof slot.ageMs, 'number');
    numbers.remove((workers[2] as FakeRecord).record);
    const [emptied] = numbers.read();
    assert.deepEqual([emptied?.ageMs, emptied?.connections[0]?.open], [undefined, 0]);
  });

  it('go on where they were when they are wanted again', () => {
    const numbers = new Numbers();
    const worker = new FakeRecord(0);
    numbers.count(true, [worker.record]);
    numbers.receive(worker.record, cellsOf(3));
    numbers.count(false, [worker.record]);
    assert.equal(connectionsIn(numbers, 0), 3);
    numbers.count(true, [worker.record]);
    assert.deepEqual(worker.heard.at(-1), { act: 'count', isOn: true });
    numbers.receive(worker.record, cellsOf(4));
    assert.equal(connectionsIn(numbers, 0), 4);
    numbers.remove(worker.record);
  });

  it('take nothing from one that is not known any more', () => {
    const numbers = new Numbers();
    const worker = new FakeRecord(0);
    numbers.count(true, [worker.record]);
    numbers.remove(worker.record);
    numbers.receive(worker.record, cellsOf(3));
    assert.equal(connectionsIn(numbers, 0), 0);
  });

  it('never fall, whoever comes, counts, goes or is turned off', () => {
    const anyDeed = fc.tuple(fc.constantFrom('add', 'count', 'count', 'count', 'remove', 'turn'), fc.nat(7));
    fc.assert(
      fc.property(fc.array(anyDeed, { maxLength: 60 }), (deeds) => {
        const numbers = new Numbers();
        const living: { worker: FakeRecord; counted: number }[] = [];
        const records = (): WorkerRecord[] => living.map(({ worker }) => worker.record);
        let isOn = true;
        numbers.count(isOn, []);
        const expected = [0, 0];
        for (const [deed, pick] of deeds) {
          const one = living[pick % Math.max(1, living.length)];
          if (deed === 'turn') numbers.count((isOn = !isOn), records());
          else if (deed === 'add') {
            const worker = new FakeRecord(pick % 2);
            numbers.add(worker.record);
            if (isOn) living.push({ worker, counted: 0 });
          } else if (one && deed === 'count') {
            one.counted += pick;
            expected[one.worker.poolSlot] = (expected[one.worker.poolSlot] ?? 0) + pick;
            numbers.receive(one.worker.record, cellsOf(one.counted));
          } else if (one) {
            living.splice(living.indexOf(one), 1);
            numbers.remove(one.worker.record);
          }
          for (const { slot, cells, connections } of numbers.read()) {
            assert.equal(cells[CELLS.connections.at], expected[slot]);
            const accepted = connections.reduce((sum, each) => sum + each.accepted, 0);
            assert.equal(accepted, expected[slot]);
          }
        }
        for (const record of records()) numbers.remove(record);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the page of a worker', { skip: !HAS_MEMORY && 'needs Linux and koffi' }, () => {
  it('is read without asking, and what was in it stays when its worker is gone', () => {
    const numbers = new Numbers();
    const [one, next] = [new FakeRecord(0), new FakeRecord(0)];
    numbers.count(true, [one.record]);
    const page = one.open();
    page[CELLS.connections.at] = 6;
    assert.equal(connectionsIn(numbers, 0), 6);
    page[CELLS.connections.at] = 7;
    numbers.remove(one.record);
    assert.equal(connectionsIn(numbers, 0), 7);
    // It is used again, for another worker.
    numbers.add(next.record);
    const nextPage = next.open();
    assert(nextPage.every((cell) => cell === 0));
    nextPage[CELLS.connections.at] = 1;
    assert.equal(connectionsIn(numbers, 0), 8);
    numbers.remove(next.record);
  });

  it('is done without where it does not come: the worker is asked to send what it counts', () => {
    const numbers = new Numbers();
    const worker = new FakeRecord(0);
    const before = descriptorCount();
    numbers.count(true, [worker.record]);
    worker.lose();
    assert.deepEqual(
      worker.heard,
      [1, 2].map(() => ({ act: 'count', isOn: true })),
    );
    numbers.remove(worker.record);
    assert(descriptorCount() <= before + 1, 'the page itself is kept for another worker');
  });

  it('costs no descriptor for good, be it that its worker dies before it has come', () => {
    const numbers = new Numbers();
    numbers.count(true, []);
    const live = (hasCome: boolean): void => {
      const worker = new FakeRecord(0);
      numbers.add(worker.record);
      if (hasCome) worker.open();
      numbers.remove(worker.record);
    };
    live(true);
    live(false);
    const before = descriptorCount();
    for (let i = 0; i < 50; i += 1) live(i % 2 === 0);
    assert.equal(descriptorCount(), before);
  });
});

function descriptorCount(): number {
  return readdirSync('/proc/self/fd').length;
}
