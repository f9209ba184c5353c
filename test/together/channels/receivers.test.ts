import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { Channels } from '../../../src/together/channels/channels.ts';
import type { Receiver } from '../../../src/together/channels/channels.ts';
import { firstFrame, nextFrame, wholeFrame } from '../../../src/together/frames.ts';
import { Here } from '../../../src/together/here.ts';
import { PlayedWay } from '../core/played-way.ts';

const SAID = { s: 'channel', t: 'said', name: 'news' };

/** The channels of a process whose hub is the test. */
function played(): { readonly channels: Channels; readonly way: PlayedWay } {
  const way = new PlayedWay();
  const here = new Here({ id: 1, slot: 1, open: (onOpen) => onOpen(way) });
  return { channels: new Channels(here), way };
}

function receiver(receive: Receiver['receive']): Receiver {
  return { name: 'news', scope: 'host', receive, fail: () => assert.fail('not read'), miss: () => {} };
}

describe('Channels', () => {
  it('bring a message once, though its handler closes the channel and opens another', () => {
    const { channels, way } = played();
    const heard: unknown[] = [];
    const openOne = (): void => {
      const one = receiver((value) => {
        heard.push(value);
        assert(heard.length < 5, 'the same again and again');
        channels.remove(one);
        openOne();
      });
      channels.add(one);
    };
    openOne();
    // One that stays, so that the channel is never left.
    channels.add(receiver(() => {}));
    way.onFrame?.(wholeFrame(1, SAID, '1'));
    way.onFrame?.(wholeFrame(2, SAID, '2'));
    assert.deepEqual(heard, [1, 2]);
  });

  it('bring nothing to one that listens only since its first piece has come', () => {
    const { channels, way } = played();
    const heard: string[] = [];
    channels.add(receiver(() => heard.push('one')));
    way.onFrame?.(firstFrame(1, SAID, '"a'));
    channels.add(receiver(() => heard.push('later')));
    way.onFrame?.(nextFrame(1, Buffer.from('b"'), true));
    assert.deepEqual(heard, ['one']);
    way.onFrame?.(wholeFrame(2, SAID, '2'));
    assert.deepEqual(heard, ['one', 'one', 'later']);
  });

  it('bring nothing to one that a handler before it has closed', async () => {
    const { channels, way } = played();
    const heard: string[] = [];
    const other = receiver(() => heard.push('other'));
    channels.add(
      receiver(() => {
        heard.push('one');
        channels.remove(other);
      }),
    );
    channels.add(other);
    way.onFrame?.(wholeFrame(1, SAID, '1'));
    assert.deepEqual(heard, ['one']);
    channels.add(other);
    channels.say(
      receiver(() => {}),
      2,
      () => {},
    );
    await turn();
    assert.deepEqual(heard, ['one', 'one']);
  });

  it('tell all how many messages they have missed', () => {
    const { channels, way } = played();
    const missed: number[] = [];
    for (let i = 0; i < 2; i += 1)
      channels.add({ ...receiver(() => {}), miss: (count) => missed.push(count) });
    way.onFrame?.(wholeFrame(1, { ...SAID, t: 'missed', count: 3 }, undefined));
    assert.deepEqual(missed, [3, 3]);
  });
});
