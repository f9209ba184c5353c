import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import type { SupervisorEvent } from '../../../src/api/supervisor.ts';
import { ControlInstance } from '../../../src/cli/control/control-instance.ts';
import type { Change, ControlInstanceOptions } from '../../../src/cli/control/control-instance.ts';
import { ControlServer } from '../../../src/cli/control/server.ts';
import { fleetHost, fleetStatus } from '../../page/fake-instance.ts';
import { makeFolder } from '../../support/temporary-folder.ts';
import { FakeSupervisor } from './fake-supervisor.ts';
import { openControl } from './open-control.ts';

describe('ControlInstance', () => {
  it('reports and performs by the control socket', async (t) => {
    const { folder, supervisor } = await openControl(t);
    const { instance } = follow(t, folder);
    assert.equal((await instance.report(false)).program, undefined);
    assert.deepEqual((await instance.report(true)).program?.retired, [{ slot: 0, json: 'x' }]);
    assert.equal(await instance.fleet(), undefined);
    supervisor.fleetStatus = fleetStatus([fleetHost('web-1')]);
    assert.deepEqual(await instance.fleet(), supervisor.fleetStatus);
    const begun = once(supervisor, 'event');
    const scaling = instance.perform({ command: 'scale', workers: 3 });
    await begun;
    supervisor.slots = 3;
    supervisor.succeed();
    const verdict = await scaling;
    assert(verdict.type === 'done');
    assert.equal(verdict.status.slots, 3);
    assert.deepEqual(supervisor.calls, ['report false', 'report true', 'fleet', 'fleet', 'scale 3']);
  });

  it('tells what happens, that it ends, and that another answers', async (t) => {
    const { control, folder, supervisor } = await openControl(t);
    const { instance, told, changes, heard } = follow(t, folder);
    await happens(supervisor, heard);
    supervisor.happen({ type: 'stopped' });
    await control.close();
    assert.deepEqual(await changes.next(), { type: 'lost', hasEnded: true });
    assert.equal(told.at(-1), 'stopped');
    await assert.rejects(instance.report(false), { code: 'ERR_GRAPPOLO_NOT_RUNNING' });
    const next = await ControlServer.open({ folder, name: 'api', onRefused: () => {} });
    t.after(() => next.close());
    const other = new FakeSupervisor();
    next.serve(other);
    await happens(other, heard);
    await instance.report(false);
    assert.deepEqual(await changes.next(), { type: 'back', pid: process.pid });
    await next.close();
    assert.deepEqual(await changes.next(), { type: 'lost', hasEnded: false });
  });

  it('asks one that does not answer once, and takes its answer when it comes', async (t) => {
    const folder = makeFolder(t);
    let clients = 0;
    const server = net.createServer((socket) => {
      clients += 1;
      socket.on('error', () => {}).resume();
      release.push(() =>
        socket.end(`${JSON.stringify({ type: 'report', report: { status: { pid: 1 } } })}\n`),
      );
    });
    const release: (() => void)[] = [];
    server.listen(path.join(folder, 'api.sock'));
    t.after(() => server.close());
    await once(server, 'listening');
    const instance = makeInstance(t, { folder, reportTimeoutMs: 50 });
    for (let i = 0; i < 3; i += 1)
      await assert.rejects(instance.report(false), { message: /does not answer/ });
    assert.equal(clients, 1);
    const late = instance.report(false);
    release[0]?.();
    assert.equal((await late).status.pid, 1);
  });

  it('says why there is no report', async (t) => {
    const { folder, supervisor } = await openControl(t);
    supervisor.reportError = new Error('odd');
    await assert.rejects(makeInstance(t, { folder }).report(true), { message: 'odd' });
  });

  it('ends what it waits for when it is closed', async (t) => {
    const { folder, supervisor } = await openControl(t);
    const { instance, following, changes } = follow(t, folder);
    const begun = once(supervisor, 'event');
    const reloading = instance.perform({ command: 'reload' });
    reloading.catch(() => {});
    await begun;
    instance.close();
    await assert.rejects(reloading, { code: 'ERR_GRAPPOLO_CONTROL_LOST' });
    await following;
    assert.equal(changes.waiting.length, 0);
    supervisor.succeed();
  });
});

function makeInstance(t: TestContext, options: Partial<ControlInstanceOptions>): ControlInstance {
  const instance = new ControlInstance({ name: 'api', onChange: () => {}, ...options });
  t.after(() => instance.close());
  return instance;
}

interface Following {
  readonly instance: ControlInstance;
  readonly following: Promise<void>;
  readonly told: string[];
  readonly heard: () => number;
  readonly changes: Changes;
}

function follow(t: TestContext, folder: string): Following {
  const changes = new Changes();
  const told: string[] = [];
  const instance = makeInstance(t, { folder, retryMs: 5, onChange: (change) => changes.add(change) });
  instance.onEvent(({ type }: SupervisorEvent) => void told.push(type));
  return { instance, following: instance.follow(), told, heard: () => told.length, changes };
}

/** Until it is heard, something happens. */
async function happens(supervisor: FakeSupervisor, heard: () => number): Promise<void> {
  const before = heard();
  while (heard() === before) {
    supervisor.happen({ type: 'ready', slots: 2 });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Those that were told and not looked at. */
class Changes {
  readonly waiting: Change[] = [];
  #resolve: (() => void) | undefined;

  add(change: Change): void {
    this.waiting.push(change);
    this.#resolve?.();
  }

  async next(): Promise<Change> {
    for (;;) {
      const change = this.waiting.shift();
      if (change) return change;
      await new Promise<void>((resolve) => (this.#resolve = resolve));
    }
  }
}
