import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { until } from '../../support/load.ts';
import { PlayedHost, PlayedLink, PlayedReceiver } from './played-fleet.ts';

/** Two processes on one host, one on another, which all listen on the same channel. */
async function three(name = 'news') {
  const [link, otherLink] = twoLinks();
  const host = new PlayedHost(link);
  const heres = [host.process().here, host.process().here, new PlayedHost(otherLink).process().here] as const;
  const receivers = heres.map((here) => new PlayedReceiver(here, name, 'fleet'));
  await Promise.all(heres.map((here) => here.reached()));
  return { link, otherLink, host, heres, receivers };
}

function twoLinks(): [PlayedLink, PlayedLink] {
  const link = new PlayedLink();
  return [link, new PlayedLink(link)];
}

const heardOf = (receivers: readonly PlayedReceiver[]) => receivers.map(({ heard }) => heard);

describe('a channel of the fleet', () => {
  it('reaches all of all hosts but the sender, once and in its order', async () => {
    const { link, receivers } = await three();
    const values = [{ n: 1 }, new Map([[1, new Date(0)]]), Buffer.alloc(100_000, 'x').toString(), 'last'];
    for (const value of values) receivers[0]?.say(value);
    await until('heard', () => receivers.slice(1).every(({ heard }) => heard.length >= values.length));
    assert.deepEqual(heardOf(receivers), [[], values, values]);
    assert.equal(link.published.length, values.length);
  });

  it('is another one than that of the host', async () => {
    const { heres, receivers } = await three();
    const onHost = heres.map((here) => new PlayedReceiver(here, 'news', 'host'));
    await Promise.all(heres.map((here) => here.reached()));
    onHost[0]?.say('host');
    receivers[0]?.say('fleet');
    await until('heard', () => receivers[2]?.heard.length === 1 && onHost[1]?.heard.length === 1);
    assert.deepEqual(heardOf(receivers), [[], ['fleet'], ['fleet']]);
    assert.deepEqual(heardOf(onHost), [[], ['host'], []]);
  });

  it('is listened to elsewhere as long as somebody here listens, by whatever name', async () => {
    for (const name of ['news', 'a name with spaces, *, > and ü', 'x'.repeat(255)]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { link, heres, receivers } = await three(name);
      assert.equal(link.subjects.length, 2);
      for (const subject of link.subjects) assert.match(subject, /^[-\w]+(\.[-\w]+)*$/);
      receivers[0]?.leave();
      await heres[0].reached();
      assert.equal(link.subjects.length, 2);
      receivers[1]?.leave();
      await heres[1].reached();
      assert.equal(link.subjects.length, 1);
    }
  });

  it('goes on within the host where the link of the fleet throws, which is a warning', async (t) => {
    const warnings: string[] = [];
    const onWarning = ({ code }: Error & { code?: string }) => void warnings.push(String(code));
    process.on('warning', onWarning);
    t.after(() => process.off('warning', onWarning));
    for (const isJoined of [true, false]) {
      const link = new PlayedLink();
      link.listen = () => assert.fail('it throws');
      const host = new PlayedHost(isJoined ? link : Promise.resolve(link));
      const heres = [host.process().here, host.process().here] as const;
      const [one, other] = heres.map((here) => new PlayedReceiver(here, 'news', 'fleet'));
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await Promise.all(heres.map((here) => here.reached()));
      one?.say('hello');
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await until('heard', () => other?.heard.length === 1);
      other?.leave();
      one?.leave();
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await heres[0].reached();
      assert.deepEqual(link.published.length, 1);
    }
    assert.deepEqual(warnings, ['GRAPPOLO_FLEET_FAILED']);
  });

  it('refuses what is too large for other hosts', async () => {
    const { receivers } = await three();
    for (const value of ['x'.repeat(132_000), Buffer.alloc(132_000)])
      assert.throws(() => receivers[0]?.say(value), {
        name: 'DataCloneError',
        code: 'ERR_GRAPPOLO_CANNOT_CLONE',
        message: /may have 131072/,
      });
  });

  it('takes nothing from others that is no message of a host', async () => {
    const { otherLink, receivers } = await three();
    const [subject = ''] = otherLink.subjects;
    for (const message of [{ from: 'x' }, { from: 'x', isJson: true, base64: false }, {}])
      otherLink.publish(subject, message);
    otherLink.publish(subject, { from: 'x', isJson: true, base64: btoa('1') });
    await until('heard', () => receivers[2]?.heard.length === 1);
    assert.deepEqual(heardOf(receivers), [[1], [1], [1]]);
  });

  it('is one of the own host until that has joined, and where that comes to nothing', async () => {
    const [link, otherLink] = twoLinks();
    let onJoined: ((joined: PlayedLink | undefined) => void) | undefined;
    const host = new PlayedHost(new Promise((resolve) => (onJoined = resolve)));
    const heres = [host.process().here, host.process().here, new PlayedHost(otherLink).process().here];
    const receivers = heres.map((here) => new PlayedReceiver(here, 'news', 'fleet'));
    await Promise.all(heres.map((here) => here.reached()));
    receivers[0]?.say('before');
    await until('heard here', () => receivers[1]?.heard.length === 1);
    onJoined?.(link);
    await until('listened to', () => link.subjects.length === 2);
    receivers[0]?.say('after');
    await until('heard', () => receivers[2]?.heard.length === 1);
    assert.deepEqual(heardOf(receivers), [[], ['before', 'after'], ['after']]);
  });
});
