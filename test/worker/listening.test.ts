import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import type { WorkerMessage } from '../../src/protocol/messages.ts';
import type { RawHandle } from '../../src/system/node-internals.ts';
import { Listening } from '../../src/worker/listening.ts';
import { LoadMeter } from '../../src/worker/load-meter.ts';
import { FakeHandle } from '../lanes/fake-handle.ts';

const ADDRESS = { address: '127.0.0.1', port: 8000, addressType: 4 } as const;
const EXACT = { kind: 'exact', listener: 7, name: null, wantsLoad: false } as const;
const SHARED = { kind: 'shared', listener: 7, wantsLoad: false } as const;

function opened() {
  const sent: WorkerMessage[] = [];
  const listening = new Listening(
    (message) => sent.push(message),
    () => {},
    new LoadMeter(() => {}),
  );
  const refused: string[] = [];
  const offer = { isKept: false, accept: () => undefined, refuse: (why: string) => refused.push(why) };
  const come = (): void => listening.connection(7, offer);
  const rooms = (): WorkerMessage[] => sent.filter(({ act }) => act === 'room');
  return { sent, listening, refused, come, rooms };
}

/** A server, and what net does for it with what it is given. */
function serverOf(t: TestContext): { server: net.Server; take: (errno: number, handle: RawHandle) => void } {
  const server = net.createServer();
  t.after(() => server.close());
  return { server, take: (_errno, handle) => void Reflect.set(server, '_handle', handle) };
}

describe('Listening', () => {
  it('says that there is room where a connection came before the answer, once', (t) => {
    const { listening, refused, come, rooms } = opened();
    const { server, take } = serverOf(t);
    listening.ask(server, ADDRESS, take);
    come();
    assert.deepEqual([refused, rooms()], [['closed'], []]);
    listening.answer({ act: 'listening-on', ack: 1, result: EXACT }, undefined);
    assert.deepEqual(rooms(), [{ act: 'room', listener: 7 }]);
    const other = serverOf(t);
    listening.ask(other.server, { ...ADDRESS, port: 8001 }, other.take);
    listening.answer({ act: 'listening-on', ack: 2, result: { ...EXACT, listener: 8 } }, undefined);
    assert.equal(rooms().length, 1);
  });

  it('says nothing of what is refused since it was closed', (t) => {
    const { listening, refused, come, rooms } = opened();
    come();
    const { server, take } = serverOf(t);
    listening.ask(server, ADDRESS, take);
    listening.answer({ act: 'listening-on', ack: 1, result: EXACT }, undefined);
    assert.deepEqual([refused, rooms()], [['closed'], []]);
  });

  for (const [what, result] of [
    ['the primary accepts', EXACT],
    ['it shares a socket', SHARED],
  ] as const) {
    it(`takes nothing for a server that was closed before its answer, where ${what}`, () => {
      const { sent, listening, refused, come } = opened();
      const handle = new FakeHandle();
      listening.ask(net.createServer(), ADDRESS, (_errno, given) => given.close());
      listening.answer(
        { act: 'listening-on', ack: 1, result },
        result.kind === 'shared' ? handle : undefined,
      );
      come();
      assert.deepEqual(refused, ['closed']);
      assert.deepEqual(sent.at(-1), { act: 'close', listener: 7 });
      assert.deepEqual([listening.targets(), listening.closing()], [[], []]);
    });
  }
});
