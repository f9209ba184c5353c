import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import type { Lane } from '../../src/lanes/lane.ts';
import { fakeConnection } from './fake-handle.ts';
import type { FakeConnection } from './fake-handle.ts';

export interface LaneUnderTest {
  readonly lane: Lane;
  /** The numbers of the connections that reached the other end, in order. */
  readonly delivered: () => readonly number[];
}

/** What holds for every lane; each one's test runs it. */
export function laneContract(name: string, create: () => LaneUnderTest): void {
  describe(`the lane contract, kept by the ${name}`, () => {
    it('begins empty, with room', () => {
      const { lane } = create();
      assert.equal(lane.pending, 0);
      assert(lane.hasRoom());
      assert.deepEqual(lane.takeBack(), []);
    });

    it('delivers in the order of sending, and counts what was not taken', () => {
      const { lane, delivered } = create();
      sendAll(lane, 3);
      assert.deepEqual(delivered(), [1, 2, 3]);
      assert.equal(lane.pending, 3);
    });

    it('runs out of room while nothing is taken, and has room again when all is', () => {
      const { lane } = create();
      let sent = 0;
      while (lane.hasRoom()) {
        sent += 1;
        lane.send(fakeConnection(sent));
        assert(sent < 10_000, 'there is always room');
      }
      for (let seq = 1; seq <= sent; seq += 1) lane.accepted(seq);
      assert(lane.hasRoom());
    });

    it('holds the handle open until the connection is accepted, then closes it once', () => {
      const { lane } = create();
      const [connection] = sendAll(lane, 1);
      assert.equal(connection?.handle.closed, 0);
      lane.accepted(1);
      assert.equal(connection?.handle.closed, 1);
      lane.accepted(1);
      assert.equal(lane.refused(1), undefined);
      assert.deepEqual(lane.takeBack(), []);
      assert.equal(connection?.handle.closed, 1);
    });

    it('gives a refused connection back, its handle open, and forgets it', () => {
      const { lane } = create();
      const [connection] = sendAll(lane, 1);
      assert.equal(lane.refused(1), connection);
      assert.equal(lane.pending, 0);
      assert.equal(lane.refused(1), undefined);
      lane.accepted(1);
      assert.equal(connection?.handle.closed, 0);
    });

    it('gives back what was not taken, oldest first, their handles open, and holds nothing any more', () => {
      const { lane } = create();
      const [first, second, third, fourth] = sendAll(lane, 4);
      lane.accepted(2);
      lane.refused(3);
      assert.deepEqual(lane.takeBack(), [first, fourth]);
      assert.equal(lane.pending, 0);
      assert.deepEqual(lane.takeBack(), []);
      assert.deepEqual(
        [first, second, third, fourth].map((connection) => connection?.handle.closed),
        [0, 1, 0, 0],
      );
    });

    it('ignores numbers that it does not know', () => {
      const { lane } = create();
      const [connection] = sendAll(lane, 1);
      lane.accepted(99);
      assert.equal(lane.refused(99), undefined);
      assert.equal(lane.pending, 1);
      assert.equal(connection?.handle.closed, 0);
    });

    it('accounts for every connection exactly once, whatever happens', () => {
      const anyStep = fc.tuple(fc.constantFrom('send', 'accepted', 'refused', 'takeBack'), fc.nat(20));
      fc.assert(
        fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
          const { lane } = create();
          const sent: FakeConnection[] = [];
          const back: unknown[] = [];
          for (const [step, seq] of steps) {
            if (step === 'send') sent.push(...sendAll(lane, 1, sent.length + 1));
            else if (step === 'accepted') lane.accepted(seq);
            else if (step === 'refused') back.push(...[lane.refused(seq)].filter(Boolean));
            else back.push(...lane.takeBack());
          }
          const closed = sent.filter(({ handle }) => handle.closed > 0);
          assert.equal(closed.length + back.length + lane.pending, sent.length);
          assert.equal(new Set([...closed, ...back]).size, closed.length + back.length);
          for (const { handle } of sent) assert(handle.closed <= 1);
        }),
      );
    });
  });
}

function sendAll(lane: Lane, count: number, from = 1): FakeConnection[] {
  const connections = Array.from({ length: count }, (_, i) => fakeConnection(from + i));
  for (const connection of connections) lane.send(connection);
  return connections;
}
