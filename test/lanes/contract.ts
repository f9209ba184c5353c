import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';

import * as fc from 'fast-check';

import type { Connection, Lane, LaneEvents } from '../../src/lanes/lane.ts';
import { fakeConnection } from './fake-handle.ts';
import type { FakeConnection } from './fake-handle.ts';

/** A lane and its worker. */
export interface LaneUnderTest {
  readonly lane: Lane;
  /** The numbers of the connections that have reached the worker, in order. */
  readonly delivered: () => Promise<readonly number[]>;
  /** The worker takes a connection, or does not want it; either is known to the lane when it returns. */
  readonly accept: (seq: number) => void;
  readonly refuse: (seq: number, reason: 'full' | 'closed') => void;
  readonly dispose?: () => void;
}

interface Told extends LaneUnderTest {
  readonly refused: (readonly [Connection, 'full' | 'closed'])[];
  readonly returned: Connection[];
  rooms: number;
}

/** What holds for every lane; each one's test runs it. */
export function laneContract(name: string, create: (events: LaneEvents) => LaneUnderTest): void {
  const disposals: (() => void)[] = [];
  const setUp = (): Told => {
    const told = { refused: [] as Told['refused'], returned: [] as Connection[], rooms: 0 };
    const created = create({
      onRefused: (connection, reason) => void told.refused.push([connection, reason]),
      onReturned: (connections) => void told.returned.push(...connections),
      onRoom: () => {
        told.rooms += 1;
      },
    });
    if (created.dispose) disposals.push(created.dispose);
    return Object.assign(told, created);
  };

  describe(`the lane contract, kept by the ${name}`, () => {
    after(() => {
      for (const dispose of disposals) dispose();
    });

    it('begins empty, with room', () => {
      const { lane } = setUp();
      assert.equal(lane.pending, 0);
      assert.equal(lane.room, 'now');
      assert.deepEqual(lane.recall(), []);
      assert.deepEqual(lane.takeBack(), []);
    });

    it('delivers in the order of sending, and counts what was not taken', async () => {
      const { lane, delivered } = setUp();
      sendAll(lane, 3);
      assert.equal(lane.pending, 3);
      assert.deepEqual(await delivered(), [1, 2, 3]);
      assert.equal(lane.pending, 3);
    });

    it('runs out of room while nothing is taken, and says that it has room again when all is', async () => {
      const worker = setUp();
      const { lane } = worker;
      let sent = 0;
      while (lane.room === 'now') {
        sent += 1;
        lane.send(fakeConnection(sent));
        assert(sent < 10_000, 'there is always room');
      }
      lane.post();
      await worker.delivered();
      for (let seq = 1; seq <= sent; seq += 1) worker.accept(seq);
      assert.equal(lane.room, 'now');
      assert(worker.rooms > 0);
    });

    it('holds the socket open until the connection is accepted, then closes it once', async () => {
      const { lane, delivered, accept, refuse, refused } = setUp();
      const [connection] = sendAll(lane, 1);
      await delivered();
      assert.equal(connection?.socket.closed, 0);
      accept(1);
      assert.equal(connection?.socket.closed, 1);
      accept(1);
      refuse(1, 'full');
      assert.deepEqual(refused, []);
      assert.deepEqual(lane.takeBack(), []);
      assert.equal(connection?.socket.closed, 1);
    });

    it('gives a refused connection back, its socket open, and forgets it', async () => {
      const { lane, delivered, accept, refuse, refused } = setUp();
      const [first, second] = sendAll(lane, 2);
      await delivered();
      refuse(1, 'closed');
      refuse(2, 'full');
      assert.deepEqual(refused, [
        [first, 'closed'],
        [second, 'full'],
      ]);
      assert.equal(lane.pending, 0);
      refuse(1, 'full');
      accept(1);
      assert.equal(refused.length, 2);
      assert.equal(first?.socket.closed, 0);
    });

    it('gives back what was not taken, oldest first, their sockets open, and holds nothing any more', async () => {
      const { lane, delivered, accept, refuse } = setUp();
      const [first, second, third, fourth] = sendAll(lane, 4);
      await delivered();
      accept(2);
      refuse(3, 'full');
      assert.deepEqual(lane.takeBack(), [first, fourth]);
      assert.equal(lane.pending, 0);
      assert.deepEqual(lane.takeBack(), []);
      assert.deepEqual(
        [first, second, third, fourth].map((connection) => connection?.socket.closed),
        [0, 1, 0, 0],
      );
    });

    it('takes back what it has not yet delivered', async () => {
      const { lane, delivered } = setUp();
      const unposted = fakeConnection(2);
      const sent = [...sendAll(lane, 1), unposted];
      lane.send(unposted);
      assert.deepEqual(lane.takeBack(), sent);
      lane.post();
      await delivered();
      assert.equal(lane.pending, 0);
    });

    it('recalls nothing that the worker then can take', async () => {
      const { lane, delivered, accept } = setUp();
      const sent = sendAll(lane, 2);
      await delivered();
      const recalled = lane.recall();
      for (const { seq } of sent) accept(seq);
      assert.equal(recalled.length + sent.filter(({ socket }) => socket.closed === 1).length, 2);
      assert.equal(lane.pending, 0);
    });

    it('ignores numbers that it does not know', async () => {
      const { lane, delivered, accept, refuse, refused } = setUp();
      const [connection] = sendAll(lane, 1);
      await delivered();
      accept(99);
      refuse(99, 'full');
      assert.deepEqual(refused, []);
      assert.equal(lane.pending, 1);
      assert.equal(connection?.socket.closed, 0);
    });

    it('accounts for every connection exactly once, whatever happens', async () => {
      const anyStep = fc.tuple(fc.constantFrom('send', 'accept', 'refuse', 'recall', 'takeBack'), fc.nat(20));
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep, { maxLength: 60 }), async (steps) => {
          const { lane, delivered, accept, refuse, refused, returned, dispose } = setUp();
          const sent: FakeConnection[] = [];
          const back: Connection[] = [];
          for (const [step, seq] of steps) {
            if (step === 'send' && lane.room === 'now') sent.push(...sendAll(lane, 1, sent.length + 1));
            if (seq % 2 === 0) await delivered();
            if (step === 'accept') accept(seq);
            if (step === 'refuse') refuse(seq, 'full');
            if (step === 'recall') back.push(...lane.recall());
            if (step === 'takeBack') back.push(...lane.takeBack());
          }
          back.push(...returned, ...refused.map(([connection]) => connection));
          const closed = sent.filter(({ socket }) => socket.closed > 0);
          assert.equal(closed.length + back.length + lane.pending, sent.length);
          assert.equal(new Set<Connection>([...closed, ...back]).size, closed.length + back.length);
          for (const { socket } of sent) assert(socket.closed <= 1);
          if (dispose) disposals.splice(disposals.indexOf(dispose), 1)[0]?.();
        }),
      );
    });
  });
}

export function sendAll(lane: Lane, count: number, from = 1): FakeConnection[] {
  const connections = Array.from({ length: count }, (_, i) => fakeConnection(from + i));
  for (const connection of connections) lane.send(connection);
  lane.post();
  return connections;
}
