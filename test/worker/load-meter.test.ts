import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import type { ReportedLoad } from '../../src/protocol/ring.ts';
import { LoadMeter } from '../../src/worker/load-meter.ts';
import { LoadReports } from '../../src/worker/load-reports.ts';
import { mockTimeouts } from '../support/own-timers.ts';

describe('LoadMeter', () => {
  it('knows how many connections are open, and how many are closed again', async (t) => {
    const { meter, server } = await setUp(t);
    const clients = [await connect(t, server), await connect(t, server), await connect(t, server)];
    assert.deepEqual(counts(meter.load), { open: 3, closed: 0 });
    clients[0]?.destroy();
    await until(() => meter.load.open === 2);
    assert.deepEqual(counts(meter.load), { open: 2, closed: 1 });
  });

  it('tells at once when a connection closes', async (t) => {
    const { told, server } = await setUp(t);
    const client = await connect(t, server);
    client.destroy();
    await until(() => told.some(({ closed }) => closed === 1));
  });

  it('measures how long the event loop takes, and nothing without connections', async (t) => {
    const { meter, told, server } = await setUp(t);
    const client = await connect(t, server);
    const ends = performance.now() + 400;
    while (performance.now() < ends) {
      const turnEnds = performance.now() + 20;
      while (performance.now() < turnEnds);
      await new Promise(setImmediate);
    }
    await until(() => meter.load.delayMs > 5);
    client.destroy();
    await until(() => meter.load.open === 0);
    const { delayMs } = meter.load;
    // The last measurement may still be to come.
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
    const toldBefore = told.length;
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    assert.equal(told.length, toldBefore);
    assert(meter.load.delayMs > delayMs / 2, 'what was measured is forgotten');
  });
});

describe('LoadReports', () => {
  const load = { closed: 0, open: 1, delayMs: 1 };

  it('sends the first at once, and of all within 50 ms only the last', (t) => {
    const { reports, sent } = reportsOf(t);
    for (const open of [1, 2, 3]) reports.report({ ...load, open });
    assert.deepEqual(sent, [{ act: 'load', ...load, open: 1 }]);
    t.mock.timers.tick(50);
    assert.deepEqual(sent.slice(1), [{ act: 'load', ...load, open: 3 }]);
    t.mock.timers.tick(1000);
    assert.equal(sent.length, 2);
  });

  it('does not send what is nearly the same', (t) => {
    const { reports, sent } = reportsOf(t);
    reports.report(load);
    t.mock.timers.tick(100);
    reports.report({ ...load, delayMs: 1.05 });
    assert.equal(sent.length, 1);
    reports.report({ ...load, delayMs: 1.5 });
    assert.equal(sent.length, 2);
  });
});

function reportsOf(t: TestContext): { reports: LoadReports; sent: object[] } {
  mockTimeouts(t);
  const sent: object[] = [];
  return { reports: new LoadReports((message) => sent.push(message)), sent };
}

async function setUp(
  t: TestContext,
): Promise<{ meter: LoadMeter; told: ReportedLoad[]; server: net.Server }> {
  const told: ReportedLoad[] = [];
  const meter = new LoadMeter((load) => told.push(load));
  const server = net.createServer((socket) => {
    meter.count();
    socket.on('error', () => {});
  });
  meter.add(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { meter, told, server };
}

/** A connection that its server has. */
async function connect(t: TestContext, server: net.Server): Promise<net.Socket> {
  const { port } = server.address() as net.AddressInfo;
  const client = net.connect(port, '127.0.0.1');
  t.after(() => client.destroy());
  await Promise.all([once(client, 'connect'), once(server, 'connection')]);
  return client;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

function counts({ open, closed }: ReportedLoad): { open: number; closed: number } {
  return { open, closed };
}
