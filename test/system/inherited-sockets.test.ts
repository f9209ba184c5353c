import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { InheritedSocket } from '../../src/system/inherited-sockets.ts';
import type { RawHandle } from '../../src/system/node-internals.ts';

/** A descriptor of which there can be no other, as without system calls. */
const NONE = { fd: -1, label: undefined };
const NAME = { kind: 'tcp', address: '127.0.0.1', port: 80 } as const;

class FakeKeeper implements RawHandle {
  closed = 0;
  onconnection: RawHandle['onconnection'];
  ref(): void {}
  unref(): void {}
  close(): void {
    this.closed += 1;
  }
}

describe('InheritedSocket.letGo()', () => {
  it('closes what has listened and would go on taking clients', () => {
    const keeper = new FakeKeeper();
    const socket = new InheritedSocket(NAME, NONE, keeper);
    const handle = socket.open();
    assert.equal(handle, keeper);
    keeper.onconnection = () => {};
    keeper.close();
    assert.equal(keeper.closed, 0);
    socket.letGo();
    socket.letGo();
    assert.equal(keeper.closed, 1);
    assert(typeof socket.open() === 'number');
  });

  it('leaves what is open to its listener, which closes it', () => {
    const keeper = new FakeKeeper();
    const socket = new InheritedSocket(NAME, NONE, keeper);
    socket.open();
    keeper.onconnection = () => {};
    socket.letGo();
    assert.equal(keeper.closed, 0);
    keeper.close();
    assert.equal(keeper.closed, 1);
  });

  it('leaves what has never listened', () => {
    const keeper = new FakeKeeper();
    new InheritedSocket(NAME, NONE, keeper).letGo();
    assert.equal(keeper.closed, 0);
  });
});
