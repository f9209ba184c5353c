import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { GrappoloError } from '../../../src/core/errors.ts';
import { firstFrame, PIECE_BYTES, rawBody, wholeFrame } from '../../../src/together/frames.ts';
import { Here, hubLost } from '../../../src/together/here.ts';
import type { OutHeader } from '../../../src/together/header.ts';
import { MESSAGE_BYTES } from '../../../src/together/outbox.ts';
import { PlayedWay } from './played-way.ts';

/** A process whose hub is the test. */
function played(slot: number | undefined = 1): {
  readonly here: Here;
  readonly way: PlayedWay;
  readonly open: () => void;
  readonly hubSends: (header: OutHeader, body?: string) => void;
  readonly sent: () => Record<string, unknown>[];
} {
  const way = new PlayedWay();
  let open: (() => void) | undefined;
  const here = new Here({ id: slot ?? 0, slot, open: (onOpen) => (open = () => onOpen(way)) });
  return {
    here,
    way,
    open: () => open?.(),
    hubSends: (header, body) => way.onFrame?.(wholeFrame(1, header, body)),
    sent: () => way.messages.map(({ header }) => JSON.parse(header) as Record<string, unknown>),
  };
}

function opened(slot?: number): ReturnType<typeof played> {
  const made = played(slot);
  made.open();
  return made;
}

describe('Here', () => {
  it('sends what it was given before there was a way, in order', () => {
    const { here, way, open, sent } = played();
    here.send({ s: 'x', t: 1 }, 'true');
    here.ask({ s: 'x', t: 2 }, undefined, () => {});
    assert.equal(here.waitingBytes, 4 + 2 * MESSAGE_BYTES);
    assert.equal(way.written.length, 0);
    open();
    here.send({ s: 'x', t: 3 });
    assert.deepEqual(sent(), [
      { s: 'x', t: 1 },
      { s: 'x', t: 2, n: 1 },
      { s: 'x', t: 3 },
    ]);
    assert.equal(here.waitingBytes, 0);
  });

  it('gives what comes to its service, and nothing to one that is not there', () => {
    const { here, hubSends } = opened();
    const seen: string[] = [];
    for (const name of ['a', 'b'])
      here.receive(name, ({ header }) => void seen.push(`${name} ${String(header.get('t'))}`));
    hubSends({ s: 'b', t: 1 });
    hubSends({ s: 'c', t: 2 });
    hubSends({ t: 3 });
    hubSends({ s: 'a', t: 4 });
    assert.deepEqual(seen, ['b 1', 'a 4']);
  });

  it('gives each answer to who has asked, until that is forgotten', () => {
    const { here, hubSends, sent } = opened();
    const seen: string[] = [];
    here.receive('x', () => assert.fail('an answer is not for the service'));
    const [one, two] = ['one', 'two'].map((name) =>
      here.ask({ s: 'x' }, undefined, (answer) =>
        answer?.whole((body) => void seen.push(`${name} ${rawBody(body).bytes.toString()}`)),
      ),
    );
    assert.deepEqual(
      sent().map(({ n }) => n),
      [one, two],
    );
    hubSends({ s: 'x', ack: two }, '1');
    hubSends({ s: 'x', ack: one }, '2');
    hubSends({ s: 'x', ack: two }, '3');
    here.forget(Number(two));
    hubSends({ s: 'x', ack: two }, '4');
    hubSends({ s: 'x', ack: 99 }, '5');
    assert.deepEqual(seen, ['two 1', 'one 2', 'two 3']);
  });

  it('has one of each class', () => {
    class Service {
      readonly here: Here;
      constructor(made: Here) {
        this.here = made;
      }
    }
    class Other extends Service {}
    const { here } = opened();
    assert.equal(here.service(Service), here.service(Service));
    assert.equal(here.service(Service).here, here);
    assert.notEqual(here.service(Other), here.service(Service));
  });

  it('closes a way that brings garbage', () => {
    const { way } = opened();
    way.onFrame?.(wholeFrame(1, 'no JSON', undefined));
    assert.ok(way.isClosed);
  });

  it('reaches the hub after all that was sent before, however large', () => {
    const { here, open, sent } = played();
    const bytes = Buffer.alloc(10 * PIECE_BYTES);
    here.send({ s: 'x', t: 'large' }, { isJson: false, bytes }, { key: 'large' });
    void here.reached();
    void here.reached('leaving');
    open();
    assert.deepEqual(
      sent().map(({ t }) => t),
      ['leaving', 'large', 'ping'],
    );
  });

  it('reaches the hub when that has answered', async () => {
    const { here, hubSends, sent } = opened();
    let isThere = false;
    const reached = here.reached().then(() => (isThere = true));
    assert.deepEqual(sent(), [{ s: 'hub', t: 'ping', n: 1 }]);
    await turn();
    assert.equal(isThere, false);
    hubSends({ s: 'hub', ack: 1 });
    await reached;
  });
});

describe('Here, where the hub is lost', () => {
  it('tells everybody who has asked, once, and then who wanted to know', () => {
    const { here, way } = opened();
    const told: unknown[] = [];
    here.onceLost(() => told.push('lost'));
    for (const name of ['one', 'two'])
      here.ask({ s: 'x' }, undefined, (answer) => {
        assert.ok(here.isLost);
        told.push(name, answer);
      });
    here.forget(here.ask({ s: 'x' }, undefined, () => assert.fail('forgotten')));
    assert.equal(here.isLost, false);
    way.onEnd?.();
    way.onEnd?.();
    assert.deepEqual(told, ['one', undefined, 'two', undefined, 'lost']);
  });

  it('tells nobody who is forgotten while others are told', () => {
    const { here, way } = opened();
    here.ask({ s: 'x' }, undefined, () => here.forget(other));
    const other = here.ask({ s: 'x' }, undefined, () => assert.fail('forgotten'));
    way.onEnd?.();
  });

  it('tells later who asks, or wants to know, afterwards', async () => {
    const { here, way, sent } = opened();
    way.onEnd?.();
    const told: unknown[] = [];
    here.ask({ s: 'x' }, undefined, (answer) => told.push('asked', answer));
    here.forget(here.ask({ s: 'x' }, undefined, () => assert.fail('forgotten')));
    here.onceLost(() => told.push('lost'));
    here.send({ s: 'x' });
    assert.deepEqual(told, []);
    await turn();
    assert.deepEqual(told, ['asked', undefined, 'lost']);
    assert.deepEqual(sent(), []);
    assert.equal(here.waitingBytes, 0);
    await here.reached();
    await here.leave();
  });

  it('tells who asks when it is told', async () => {
    const { here, way } = opened();
    const told: string[] = [];
    here.ask({ s: 'x' }, undefined, () => {
      told.push('one');
      here.ask({ s: 'x' }, undefined, () => told.push('two'));
    });
    way.onEnd?.();
    assert.deepEqual(told, ['one']);
    await turn();
    assert.deepEqual(told, ['one', 'two']);
  });

  it('gives no body of which the rest will not come', () => {
    const { here, way } = opened();
    here.receive('x', (incoming) => incoming.whole(() => assert.fail('whole')));
    way.onFrame?.(firstFrame(1, '{"s":"x"}', '1'));
    way.onEnd?.();
  });

  it('holds nothing any more', () => {
    const { here, way } = opened();
    const release = here.hold();
    way.onEnd?.();
    way.references.length = 0;
    here.hold();
    release();
    here.stayNoLonger();
    assert.deepEqual(way.references, []);
  });

  it('has a coded error for that', () => {
    const error = hubLost('wait');
    assert.ok(error instanceof GrappoloError);
    assert.equal(error.code, 'ERR_GRAPPOLO_HUB_LOST');
    assert.match(error.message, /^Cannot wait: /);
  });
});

describe('Here, as it keeps its process running', () => {
  it('does so while something is held, however often that is released', () => {
    const { here, way } = opened();
    assert.equal(way.references.at(-1), 'unref');
    const releases = [here.hold(), here.hold()];
    assert.equal(way.references.at(-1), 'ref');
    releases[0]?.();
    releases[0]?.();
    assert.equal(way.references.at(-1), 'ref');
    releases[1]?.();
    assert.equal(way.references.at(-1), 'unref');
  });

  it('does so from before there was a way', () => {
    const { here, way, open } = played();
    here.hold();
    open();
    assert.equal(way.references.at(-1), 'ref');
  });

  it('does so for what is there for others only until it is to leave', () => {
    const { here, way } = opened();
    const release = here.holdWhileStaying();
    assert.equal(way.references.at(-1), 'ref');
    here.stayNoLonger();
    assert.equal(way.references.at(-1), 'unref');
    const underway = here.hold();
    assert.equal(way.references.at(-1), 'ref');
    underway();
    release();
    assert.equal(way.references.at(-1), 'unref');
  });

  it('lets go of what is there for others when that is released', () => {
    const { here, way } = opened();
    const releases = [here.holdWhileStaying(), here.holdWhileStaying()];
    releases[0]?.();
    releases[0]?.();
    assert.equal(way.references.at(-1), 'ref');
    releases[1]?.();
    assert.equal(way.references.at(-1), 'unref');
  });

  it('does not so in a primary for what is there for others', () => {
    const way = new PlayedWay();
    const here = new Here({ id: 0, slot: undefined, open: (onOpen) => onOpen(way) });
    here.holdWhileStaying()();
    assert.ok(!way.references.includes('ref'));
    here.hold();
    assert.equal(way.references.at(-1), 'ref');
  });
});

describe('Here, which leaves', () => {
  it('tells the hub, then finishes what there is, then makes sure that the hub has all', async () => {
    const { here, way, hubSends, sent } = opened();
    here.holdWhileStaying();
    let finish: (() => void) | undefined;
    let isFinishing = false;
    let hasLeft = false;
    here.beforeLeaving(async () => {
      isFinishing = true;
      await new Promise<void>((resolve) => (finish = resolve));
    });
    here.beforeLeaving(async () => Promise.reject(new Error('no matter')));
    here.beforeLeaving(() => {
      throw new Error('no matter either');
    });
    const left = here.leave().then(() => (hasLeft = true));
    assert.deepEqual(sent(), [{ s: 'hub', t: 'leaving', n: 1 }]);
    await turn();
    assert.equal(isFinishing, false);
    hubSends({ s: 'hub', ack: 1 });
    await turn();
    assert.equal(isFinishing, true);
    assert.equal(sent().length, 1);
    here.send({ s: 'x', t: 'the last' });
    finish?.();
    await turn();
    assert.deepEqual(sent().slice(1), [
      { s: 'x', t: 'the last' },
      { s: 'hub', t: 'ping', n: 2 },
    ]);
    assert.equal(hasLeft, false);
    assert.equal(way.references.at(-1), 'ref');
    hubSends({ s: 'hub', ack: 2 });
    await left;
    assert.equal(way.references.at(-1), 'unref');
  });

  it('waits for no hub that is lost meanwhile', async () => {
    const { here, way } = opened();
    let hasFinished = false;
    here.beforeLeaving(async () => {
      hasFinished = true;
      return Promise.resolve();
    });
    const left = here.leave();
    way.onEnd?.();
    await left;
    assert.ok(hasFinished);
  });
});
