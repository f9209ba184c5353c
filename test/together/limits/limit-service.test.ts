import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { own } from '../../../src/own.ts';
import { decodeBody } from '../../../src/together/body.ts';
import type { OutHeader } from '../../../src/together/header.ts';
import { Hub, PRIMARY_ID } from '../../../src/together/hub.ts';
import { IncomingReader } from '../../../src/together/incoming.ts';
import { LimitService } from '../../../src/together/limits/limit-service.ts';
import { Outbox } from '../../../src/together/outbox.ts';
import { memoryWays } from '../../../src/together/way.ts';
import { until } from '../../support/load.ts';
import { mockTimeouts } from '../../support/own-timers.ts';

const TERMS = { points: 5, perMs: 1000 };
const MINUTE_MS = 60_000;

/** A process that says to the service what the test has it say, and keeps what it is answered. */
class PlayedAsker {
  readonly #outbox = new Outbox();
  readonly #answers = new Map<unknown, readonly [points: unknown, answers: unknown]>();
  #lastN = 0;

  constructor() {
    const hub = new Hub(() => [new LimitService()]);
    const member = hub.members.get(PRIMARY_ID);
    assert(member);
    const [there, here] = memoryWays();
    const reader = new IncomingReader(
      (incoming) =>
        incoming.whole((body) => {
          const { header } = incoming;
          this.#answers.set(header.get('ack'), [header.get('points'), decodeBody(body)]);
        }),
      () => here.close(),
    );
    here.onFrame = (frame) => reader.take(frame);
    hub.join(member, there);
    this.#outbox.open(here);
  }

  /** Gives the answers; the points of the limit that is there, where it has other terms; and nothing, where there was no answer. */
  async ask(body: string, header: OutHeader = {}): Promise<unknown> {
    const n = this.#send(body, header);
    // Whatever comes of the first is there before the answer to the second.
    const later = this.#send('[]', { name: 'another' });
    await until('it has answered', () => this.#answers.has(later));
    const [points, answers] = this.#answers.get(n) ?? [];
    return points ?? answers;
  }

  #send(body: string, header: OutHeader): number {
    this.#lastN += 1;
    const n = this.#lastN;
    this.#outbox.send({ s: 'limit', kind: 'limiter', name: 'x', ...TERMS, ...header, n }, body);
    return n;
  }
}

describe('LimitService', () => {
  it('answers nothing to what is none of ours', async () => {
    const asker = new PlayedAsker();
    for (const body of ['', '[["add","k",-Infinity]]', '{}', 'null', '[['])
      assert.equal(await asker.ask(body), undefined, body);
    for (const wrong of ['points', 'perMs', 'name', 'kind'])
      assert.equal(await asker.ask('[["add","k",1]]', { [wrong]: undefined }), undefined, wrong);
    assert.deepEqual(await asker.ask('[["get","k",0]]'), [null]);
  });

  it('answers what is a wish among others that are none', async () => {
    const asker = new PlayedAsker();
    const wrong = [
      '["add","k",1e999]',
      '["set","k",1,{"forMs":1e999}]',
      '["set","k",1,{"forMs":"1"}]',
      '["add","k",1,{"blockMs":-1e999}]',
      '["add","k",1,null]',
      '["add",1,1]',
      '["take","k",1]',
      '[]',
      'null',
    ];
    assert.deepEqual(await asker.ask(`[["add","k",1],${wrong.join(',')},["add","k",2]]`), [
      [1, 1000, 1],
      ...wrong.map(() => null),
      [3, 1000, 0],
    ]);
  });

  it('forgets a limit without windows that nobody has asked for in 10 minutes', async (t) => {
    const clock = playClock(t);
    const asker = new PlayedAsker();
    const others = { points: 7 };
    assert.deepEqual(await asker.ask('[["add","k",1]]'), [[1, 1000, 1]]);
    assert.deepEqual(await asker.ask('[["add","k",1]]', { name: 'kept', perMs: 0 }), [[1, -1, 1]]);
    clock.pass(9 * MINUTE_MS);
    assert.equal(await asker.ask('[]', others), 5);
    // That was asked, too.
    clock.pass(9 * MINUTE_MS);
    assert.equal(await asker.ask('[]', others), 5);
    clock.pass(10 * MINUTE_MS);
    assert.deepEqual(await asker.ask('[["add","k",1]]', others), [[1, 1000, 1]]);
    assert.deepEqual(await asker.ask('[["get","k",0]]', { name: 'kept', perMs: 0 }), [[1, -1, 0]]);
  });

  it('begins anew when it has forgotten all, and still forgets', async (t) => {
    const clock = playClock(t);
    const asker = new PlayedAsker();
    for (const points of [5, 7, 5]) {
      assert.deepEqual(await asker.ask('[["add","k",1]]', { points }), [[1, 1000, 1]]);
      clock.pass(11 * MINUTE_MS);
    }
  });

  it('tells in numbers that can be read, however many are taken', async () => {
    const asker = new PlayedAsker();
    const most = Number.MAX_SAFE_INTEGER;
    assert.deepEqual(await asker.ask('[["add","k",1e308],["add","k",1e308]]'), [
      [most, 1000, 1],
      [most, 1000, 0],
    ]);
  });
});

/** The clock and the timers of the service, which the test has pass. */
function playClock(t: TestContext): { pass(ms: number): void } {
  mockTimeouts(t);
  let nowMs = 0;
  t.mock.method(own, 'now', () => nowMs);
  return {
    pass(ms) {
      for (const untilMs = nowMs + ms; nowMs < untilMs;) {
        nowMs += 1000;
        t.mock.timers.tick(1000);
      }
    },
  };
}
