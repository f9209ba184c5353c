import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { until } from '../support/load.ts';
import { fleetHost, fleetStatus } from '../page/fake-instance.ts';
import { inFleet } from './fake-instance.ts';
import { BEARER, openOps, TOKEN, Viewer } from './ops-client.ts';

const FAST = { sampleMs: 5, reportAgeMs: -1 };
const NEVER = { sampleMs: 1e9 };
const FLEET = fleetStatus([fleetHost('web-1'), fleetHost('web-2')]);
const OTHER = fleetStatus([fleetHost('web-1')]);

function refused(message: string): string {
  return `${JSON.stringify({ type: 'refused', message })}\n`;
}

describe('/fleet', () => {
  it('tells how all hosts are, to those who may read', async (t) => {
    const { ask } = await openOps(t, { instance: inFleet(), limits: NEVER });
    const { status, headers, body } = await ask('/fleet');
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(body), FLEET);
    assert.equal((await ask('/fleet', { method: 'POST' })).status, 405);

    const guarded = await openOps(t, { instance: inFleet(), readers: 'session', token: TOKEN });
    assert.equal((await guarded.ask('/fleet')).status, 401);
    assert.equal((await guarded.ask('/fleet', { headers: BEARER })).status, 200);
  });

  it('is nowhere without a fleet, and nobody is asked for it', async (t) => {
    const { ask, instance } = await openOps(t, { limits: FAST });
    const { status, body } = await ask('/fleet');
    assert.deepEqual([status, body], [404, refused('This host is in no fleet')]);
    assert.equal(instance.fleets, 0);
  });

  it('is not known where the primary does not answer', async (t) => {
    const { ask, instance } = await openOps(t, { instance: inFleet(), limits: FAST });
    instance.isSilent = true;
    assert.deepEqual(
      [(await ask('/fleet')).status, (await ask('/fleet')).body],
      [503, refused('The primary does not answer')],
    );
  });

  it('asks once for all who ask within a moment', async (t) => {
    const limits = { sampleMs: 1e9, reportAgeMs: 1e9 };
    const { ask, instance } = await openOps(t, { instance: inFleet(), limits });
    for (let i = 0; i < 3; i += 1) assert.equal((await ask('/fleet')).status, 200);
    assert.equal(instance.fleets, 1);
  });
});

describe('the fleet in /events', () => {
  it('is told to who comes, and when it has changed', async (t) => {
    const opened = await openOps(t, { instance: inFleet(), limits: FAST });
    const viewer = new Viewer(t, opened);
    assert.deepEqual(await viewer.first('fleet'), [FLEET]);
    const asked = opened.instance.fleets;
    await until('asked again', () => opened.instance.fleets > asked + 2);
    opened.instance.fleetStatus = OTHER;
    assert.deepEqual(await viewer.first('fleet', 2), [FLEET, OTHER]);
    const late = new Viewer(t, opened);
    assert.deepEqual(await late.first('fleet'), [OTHER]);
    assert.equal(late.told[0]?.name, 'history');
    const [sample] = await late.first('sample');
    assert(sample);
  });

  it('is told at once, without waiting for a sample', async (t) => {
    const opened = await openOps(t, { instance: inFleet(), limits: NEVER });
    const viewer = new Viewer(t, opened);
    assert.deepEqual(await viewer.first('fleet'), [FLEET]);
  });

  it('is asked for only while somebody looks on', async (t) => {
    const opened = await openOps(t, { instance: inFleet(), limits: FAST });
    const { instance, ask, connect, port } = opened;
    await until('sampled', () => instance.asked.length > 5);
    await ask('/events', { method: 'HEAD' });
    assert.equal(instance.fleets, 0);

    const socket = await connect();
    socket.write(`GET /events HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
    await until('asked', () => instance.fleets > 2);
    socket.destroy();
    // One that is being asked when the viewer leaves may still be the last.
    let before = -1;
    await until('asked no more', async () => {
      const isSame = instance.fleets === before;
      before = instance.fleets;
      const sampled = instance.asked.length;
      await until('sampled', () => instance.asked.length > sampled + 2);
      return isSame;
    });
    await nextTurn();

    // What it was then is not told to who comes later.
    instance.fleetStatus = OTHER;
    const viewer = new Viewer(t, opened);
    assert.deepEqual(await viewer.first('fleet'), [OTHER]);
  });

  it('is not there without a fleet', async (t) => {
    const opened = await openOps(t, { limits: FAST });
    const viewer = new Viewer(t, opened);
    await viewer.first('sample', 3);
    assert.equal(opened.instance.fleets, 0);
    assert(viewer.told.every(({ name }) => name !== 'fleet'));
  });
});
