import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Strays } from '../../src/primary/strays.ts';
import { fakeConnection } from '../lanes/fake-handle.ts';
import { FakeWorker } from './fake-worker.ts';

describe('Strays', () => {
  it('go to those first that were given fewest', () => {
    const workers = [new FakeWorker(1), new FakeWorker(2), new FakeWorker(3)];
    const [first, , third] = workers;
    if (first) first.taken = 2;
    if (third) third.taken = 1;
    new Strays().add(
      [1, 2, 3, 4].map((seq) => fakeConnection(seq)),
      workers,
    );
    assert.deepEqual(
      workers.map(({ seqs }) => seqs),
      [[4], [1, 2], [3]],
    );
  });

  it('wait where all are leaving, and go to the next that comes', () => {
    const strays = new Strays();
    const leaving = new FakeWorker(1);
    leaving.isLeaving = true;
    const connections = [1, 2].map((seq) => fakeConnection(seq));
    strays.add(connections, [leaving]);
    strays.giveTo([]);
    const successor = new FakeWorker(2);
    strays.giveTo([successor]);
    assert.deepEqual([leaving.seqs, successor.seqs], [[], [1, 2]]);
    assert.deepEqual(
      connections.map(({ sentTo, socket }) => [sentTo?.id, socket.closed]),
      [
        [2, 0],
        [2, 0],
      ],
    );
  });

  it('go to another where one is full, and are closed where all are', () => {
    const strays = new Strays();
    const workers = [new FakeWorker(1), new FakeWorker(2), new FakeWorker(3)];
    const [first, second, third] = workers as [FakeWorker, FakeWorker, FakeWorker];
    third.isLeaving = true;
    const connection = fakeConnection(1);
    strays.add([connection], workers);
    assert.deepEqual(first.give(1), connection);
    strays.refused(connection, 'full', workers);
    assert.deepEqual(second.give(1), connection);
    strays.refused(connection, 'full', workers);
    assert.deepEqual([first.seqs, second.seqs, third.seqs, connection.socket.closed], [[], [], [], 1]);
  });

  it('wait for whoever comes where one is full and the others leave', () => {
    const strays = new Strays();
    const [full, leaving, successor] = [new FakeWorker(1), new FakeWorker(2), new FakeWorker(3)];
    leaving.isLeaving = true;
    const connection = fakeConnection(1);
    strays.add([connection], [full, leaving]);
    full.isLeaving = true;
    strays.refused(connection, 'full', [full, leaving]);
    strays.giveTo([full, leaving, successor]);
    assert.deepEqual([successor.seqs, connection.socket.closed], [[1], 0]);
  });

  it('are closed where nobody is to come any more', () => {
    const strays = new Strays();
    const [early, late] = [fakeConnection(1), fakeConnection(2)];
    strays.add([early], []);
    strays.close();
    strays.add([late], [new FakeWorker(1)]);
    assert.deepEqual([early.socket.closed, late.socket.closed], [1, 1]);
  });
});
