import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { SupervisorEvent } from '../../src/api/supervisor.ts';
import type { Sample, StreamEvents } from '../../src/ops/sample.ts';
import { supervisorStatus } from '../cli/fake-status.ts';
import { limitMs } from '../support/limits.ts';
import { FakeInstance, Gate, sampleOf } from './fake-instance.ts';
import { Viewer, openOps, readAll, requestsCome } from './ops-client.ts';

/** Samples come as fast as a test can read them, or not at all. */
const FAST = { sampleMs: 5 };
const NEVER = { sampleMs: 1e9 };

describe('/events', () => {
  it('tells what was before, then samples', async (t) => {
    const opened = await openOps(t, { limits: FAST });
    const early = new Viewer(t, opened);
    const [before] = await early.first('sample', 3);
    const viewer = new Viewer(t, opened);
    await viewer.first('sample', 2);
    assert.equal(viewer.told[0]?.name, 'history');
    const { samples } = viewer.told[0].data as StreamEvents['history'];
    assert(samples.some(({ atMs }) => atMs === (before as Sample).atMs));
    const all = [...samples, ...((await viewer.first('sample', 2)) as Sample[])];
    // None is missing and none comes twice: the fake counts its reports, each with the difference to the one before.
    for (const [index, sample] of all.entries()) {
      assert.equal(sample.atMs, (all[0]?.atMs ?? 0) + index);
      assert.equal(sample.primary.memoryMb, 1);
    }
    assert.equal(opened.instance.wholes(), 0);
  });

  it('samples whether or not somebody looks on', async (t) => {
    const gate = new Gate<void>();
    const opened = await openOps(t, {
      limits: FAST,
      sampleOf: (before, after) => {
        if (after.atMs === 4) gate.open();
        return sampleOf(before, after);
      },
    });
    await gate.opened;
    const [history] = await new Viewer(t, opened).first('history');
    assert((history as StreamEvents['history']).samples.length >= 3);
  });

  it('tells events as they happen, and the last 200 to who comes later', async (t) => {
    const opened = await openOps(t, { limits: NEVER });
    const early = new Viewer(t, opened);
    await early.first('history');
    for (let i = 1; i <= 250; i += 1) opened.instance.happen(readyEvent(i));
    const told = (await early.first('event', 250)) as SupervisorEvent[];
    assert.deepEqual(told[249], readyEvent(250));
    const late = new Viewer(t, opened);
    const { events } = (await late.first('history'))[0] as StreamEvents['history'];
    assert.equal(events.length, 200);
    assert.deepEqual([events[0], events[199]], [readyEvent(51), readyEvent(250)]);
  });

  it('tells text of logs as JSON, whatever is in it', async (t) => {
    const opened = await openOps(t, { limits: NEVER });
    const viewer = new Viewer(t, opened);
    await viewer.first('history');
    const event = {
      type: 'ready',
      slots: 1,
      atMs: 1,
      output: ['a\n\nevent: trouble\ndata: {}\r\n\r\n</script>'],
    };
    opened.instance.happen(event as unknown as SupervisorEvent);
    assert.deepEqual(await viewer.first('event'), [event]);
    assert.deepEqual(
      viewer.told.map(({ name }) => name),
      ['history', 'event'],
    );
  });

  it('tells when the primary does not answer, and when it does again', async (t) => {
    const instance = new FakeInstance();
    const opened = await openOps(t, { instance, limits: FAST });
    const viewer = new Viewer(t, opened);
    await viewer.first('sample');
    instance.isSilent = true;
    const message = 'The primary does not answer';
    assert.deepEqual(await viewer.first('trouble'), [{ message }]);
    await viewer.first('alive', 2);
    const late = new Viewer(t, opened);
    assert.deepEqual(await late.first('trouble'), [{ message }]);
    assert.equal(late.told[0]?.name, 'history');
    instance.isSilent = false;
    assert.deepEqual(await viewer.first('trouble', 2), [{ message }, null]);
    assert.deepEqual(await late.first('trouble', 2), [{ message }, null]);
    const seen = viewer.told.filter(({ name }) => name === 'sample').length;
    await viewer.first('sample', seen + 1);
  });

  it('does not measure one primary by another', async (t) => {
    const instance = new FakeInstance();
    const pairs: string[] = [];
    const opened = await openOps(t, {
      instance,
      limits: FAST,
      sampleOf: (before, after) => {
        pairs.push(`${before.status.pid} ${after.status.pid}`);
        return { atMs: after.atMs } as Sample;
      },
    });
    const viewer = new Viewer(t, opened);
    await viewer.first('sample');
    instance.status = supervisorStatus({ pid: 2 });
    while (!pairs.includes('2 2')) await viewer.first('sample', viewer.told.length);
    assert.deepEqual([...new Set(pairs)], ['1 1', '2 2']);
  });

  it('goes on where the clock of the primary is set back', async (t) => {
    const instance = new FakeInstance();
    const opened = await openOps(t, { instance, limits: FAST });
    const viewer = new Viewer(t, opened);
    await viewer.first('sample');
    instance.setBackMs = 1e6;
    const first = (await viewer.until('sample', (data) => (data as Sample).atMs < 0)) as Sample;
    // It is measured by the one before it.
    assert.equal(first.primary.memoryMb, 1 - 1e6);
  });

  it('goes on where a sample cannot be made', async (t) => {
    const opened = await openOps(t, {
      limits: FAST,
      sampleOf: (_before, after) => {
        if (after.atMs < 5) throw new Error('odd');
        return { atMs: after.atMs } as Sample;
      },
    });
    await new Viewer(t, opened).first('sample');
    assert(opened.errors.length >= 1);
  });

  it('drops a viewer that does not read, and no other', { timeout: limitMs(60_000) }, async (t) => {
    const opened = await openOps(t, { limits: NEVER });
    const { instance, port } = opened;
    const reader = new Viewer(t, opened);
    await reader.first('history');
    const come = requestsCome(t, 1);
    const idle = (await opened.connect()).pause();
    idle.write(`GET /events HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
    const [served] = await come;
    assert(served);
    // What a connection takes by itself is some megabytes. Were there no limit, this would end all the same.
    const event = longEvent(64 * 1024);
    let told = 0;
    for (; told < 1000 && !served.destroyed; told += 1) {
      instance.happen(event);
      await reader.first('event', told + 1);
    }
    assert(served.destroyed, `it was told ${told} events of 64 KiB, and reads none`);
    instance.happen(readyEvent(2));
    await reader.first('event', told + 1);
  });

  it('sends a long history to who has not read it yet', async (t) => {
    const opened = await openOps(t, { limits: { ...NEVER, partingMs: 1e8 } });
    const { instance, port } = opened;
    // Far more than a connection takes by itself.
    for (let i = 0; i < 200; i += 1) instance.happen(longEvent(128 * 1024));
    const come = requestsCome(t, 1);
    const socket = (await opened.connect()).pause();
    socket.write(`GET /events HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
    const [served] = await come;
    assert(served);
    await nextTurn();
    assert(served.writableLength > 256 * 1024, 'all has left');
    instance.happen(readyEvent(1));
    await nextTurn();
    assert(!served.destroyed, 'it was dropped');
    const all = readAll(socket);
    await opened.server.close();
    assert((await all).includes(`event: event\ndata: ${JSON.stringify(readyEvent(1))}\n\n`));
  });

  it('ends when the server is closed', async (t) => {
    const opened = await openOps(t, { limits: FAST });
    const viewer = new Viewer(t, opened);
    await viewer.first('history');
    await opened.server.close();
    await viewer.ended;
    assert.equal(opened.instance.listeners.size, 0);
  });
});

function readyEvent(atMs: number): SupervisorEvent {
  return { type: 'ready', slots: 4, atMs };
}

function longEvent(bytes: number): SupervisorEvent {
  const worker = { slot: 0, id: 1, pid: 1, generation: 0 };
  const failure = { worker, reason: { kind: 'exit', code: 1 }, output: ['x'.repeat(bytes)] } as const;
  return { type: 'reload-failed', generation: 1, failure, atMs: 1 };
}
