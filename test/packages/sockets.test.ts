import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { limitMs } from '../support/limits.ts';
import { portOf, requirePackage, startUnder } from './started.ts';
import type { SocketIoClient } from './started.ts';

/** What is used here of a client of ws. */
interface WebSocketClient extends NodeJS.EventEmitter {
  send(text: string): void;
  close(): void;
}

const { WebSocket } = requirePackage('ws') as { WebSocket: new (url: string) => WebSocketClient };
const { io } = requirePackage('socket.io-client') as {
  io: (url: string, options: object) => SocketIoClient;
};

const WORKERS = 3;
const CLIENTS = 20;
const FLAGS = ['--require', 'grappolo/register'];

const WAYS = [
  { on: 'node:cluster', flags: [], env: {} },
  { on: 'Grappolo', flags: FLAGS, env: {} },
  { on: 'Grappolo without queues', flags: FLAGS, env: { GRAPPOLO_LANE: 'ipc' } },
];

describe('ws', { concurrency: 3 }, () => {
  for (const { on, ...options } of WAYS) {
    it(`is answered by all workers on ${on}`, async (t) => {
      const port = await portOf(startUnder(t, 'ws.cjs', options));
      const workers = new Set<string>();
      for (let i = 0; i < CLIENTS && workers.size < WORKERS; i += 1) {
        const client = new WebSocket(`ws://127.0.0.1:${port}`);
        t.after(() => client.close());
        await once(client, 'open');
        for (const text of ['one', 'two']) {
          client.send(text);
          const [answer] = (await once(client, 'message')) as [Buffer];
          const [, worker = ''] = /^(\d) heard (one|two)$/.exec(answer.toString()) ?? [];
          workers.add(worker);
        }
      }
      assert.deepEqual([...workers].toSorted(), ['1', '2', '3']);
    });
  }
});

describe('socket.io with its cluster adapter', { concurrency: 3 }, () => {
  for (const { on, ...options } of WAYS) {
    it(`reaches clients of other workers by WebSocket on ${on}`, async (t) => {
      const port = await portOf(startUnder(t, 'socket-io.cjs', options));
      await broadcasts(() => connect(t, port, { transports: ['websocket'] }));
    });
  }

  for (const { on, flags, env } of WAYS.filter((way) => way.flags.length > 0)) {
    // Each client has an address of its own, of those that Linux has for itself.
    const skip = process.platform !== 'linux';
    it(
      `reaches clients of other workers by long-polling, with the policy sticky, on ${on}`,
      { skip },
      async (t) => {
        const program = startUnder(t, 'socket-io.cjs', {
          flags,
          env: { ...env, NODE_CLUSTER_SCHED_POLICY: 'sticky' },
        });
        const port = await portOf(program);
        await broadcasts((index) => {
          // A connection for each request: only the client's address tells where its session is.
          const agent = new http.Agent({ keepAlive: false, localAddress: `127.0.0.${index + 2}` });
          return connect(t, port, { transports: ['polling'], agent });
        });
      },
    );
  }
});

function connect(t: TestContext, port: number, options: object): SocketIoClient {
  const client = io(`http://127.0.0.1:${port}`, { ...options, forceNew: true, reconnection: false });
  t.after(() => client.disconnect());
  return client;
}

/** Connects clients until two workers have some; what the last says is heard by all. */
async function broadcasts(open: (index: number) => SocketIoClient): Promise<void> {
  const clients: SocketIoClient[] = [];
  const workers = new Set<number>();
  while (workers.size < 2) {
    assert(clients.length < CLIENTS, 'all clients have the same worker');
    const client = open(clients.length);
    clients.push(client);
    for (let asked = 0; asked < 3; asked += 1) {
      workers.add(await client.timeout(limitMs(10_000)).emitWithAck('who'));
      assert(workers.size <= clients.length, 'a client has two workers');
    }
  }
  const heard = clients.map(
    (client) => new Promise<string>((resolve) => client.on('said', (text) => resolve(text))),
  );
  clients.at(-1)?.emit('say', 'hello');
  assert.deepEqual(
    await Promise.all(heard),
    clients.map(() => 'hello'),
  );
}
