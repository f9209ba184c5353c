import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { CELL_COUNT, listenerCells, OTHER_LISTENERS } from '../../src/protocol/numbers.ts';
import { ConnectionCounts } from '../../src/worker/connection-counts.ts';
import { makeFolder } from '../support/temporary-folder.ts';

/** The servers of a worker, and what is counted of them. */
class Counted {
  readonly cells = new Float64Array(CELL_COUNT);
  readonly #listeners = new Map<net.Server, number>();
  readonly #counts = new ConnectionCounts(
    this.cells,
    (server) => this.#listeners.get(server),
    () => [...this.#listeners.keys()].filter(({ listening }) => listening),
  );
  #lastId = 0;

  constructor(t: TestContext) {
    this.#counts.start();
    t.after(() => this.#counts.stop());
  }

  /** Listens, as a listener of its own, takes a connection, and listens no more. */
  async serve(file: string, server: net.Server = net.createServer()): Promise<void> {
    await this.listen(file, server);
    await connect(file, server);
    this.#counts.measure();
    server.close();
    await once(server, 'close');
    this.#counts.measure();
  }

  async listen(file: string, server: net.Server = net.createServer()): Promise<net.Server> {
    this.#lastId += 1;
    this.#listeners.set(server, this.#lastId);
    server.listen(file);
    await once(server, 'listening');
    return server;
  }

  accepted(): (readonly [listener: number, accepted: number])[] {
    return listenerCells(this.cells).map(({ listener, accepted }) => [listener, accepted]);
  }
}

describe('ConnectionCounts', () => {
  it('goes on where a program listens on one address again and again', async (t) => {
    const file = path.join(makeFolder(t), 'a');
    const counted = new Counted(t);
    const server = net.createServer();
    for (let i = 0; i < 10; i += 1) await counted.serve(file, server);
    for (let i = 0; i < 10; i += 1) await counted.serve(file);
    assert.deepEqual(counted.accepted(), [[20, 20]]);
  });

  it('counts those together that have no place of their own', async (t) => {
    const folder = makeFolder(t);
    const counted = new Counted(t);
    const server = net.createServer();
    for (let i = 1; i <= 20; i += 1) await counted.serve(path.join(folder, String(i)), server);
    assert.deepEqual(counted.accepted(), [
      ...Array.from({ length: 15 }, (_, index) => [index + 1, 1]),
      [OTHER_LISTENERS, 5],
    ]);
  });
});

/** Until the connection has come and gone. */
async function connect(file: string, server: net.Server): Promise<void> {
  const come = once(server, 'connection') as Promise<[net.Socket]>;
  const client = net.connect(file);
  const [socket] = await come;
  const gone = once(socket, 'close');
  socket.resume();
  client.end();
  await gone;
  client.destroy();
}
