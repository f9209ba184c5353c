import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Scope } from '../../support/program.ts';
import { Started } from '../started.ts';
import { atMost, isEqual } from '../../support/soak-row.ts';
import type { Row } from '../../support/soak-row.ts';

const RUN_MS = 600_000;
const MEASURE_MS = 20_000;
const VIEWERS = 10;
/** Of clock ticks, as proc(5) counts time. */
const TICKS_PER_SECOND = 100;
/** As much as a worker tells of an error; see `worker/uncaught.ts`. */
const TEXT = 'x'.repeat(14_000);
const MOST_CRASHES = 150;

export const VIEWERS_ROW: Row = {
  name: 'viewers',
  what: `${VIEWERS} viewers of /events, one of them reading nothing`,
  async run(t) {
    // On a UNIX socket, where the kernel keeps little of what is not read.
    const folder = mkdtempSync(path.join(os.tmpdir(), 'grappolo-soak-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const address = `unix:${path.join(folder, 'ops.sock')}`;
    const restart = { minDelayMs: 10, maxDelayMs: 10, factor: 1, jitter: 0 };
    const started = await Started.start(t, { workers: 4, address, config: { restart }, timeoutMs: RUN_MS });
    const { running } = started;
    const load = running.load();
    const primary = running.program.pid;
    await sleep(2000);
    const alone = await cpuOf(primary);
    const viewers: http.IncomingMessage[] = [];
    for (let i = 0; i < VIEWERS; i += 1) viewers.push(await view(t, started.place));
    const [slow, ...quick] = viewers;
    const ended = quick.map(() => 0);
    for (const [index, viewer] of quick.entries())
      viewer.setEncoding('utf8').on('data', (text: string) => {
        ended[index] = (ended[index] ?? 0) + text.split('"type":"worker-ended"').length - 1;
      });
    const watched = await cpuOf(primary);
    await load.stop();
    const ops = started.opsPid() ?? NaN;
    const before = socketsOf(ops);
    let crashes = 0;
    for (; crashes < MOST_CRASHES && socketsOf(ops) >= before; crashes += 1) {
      await running.ask(`/crash?message=${TEXT}`);
      await running.waitFor(
        () => running.events().filter(({ type }) => type === 'worker-ended').length > crashes,
      );
    }
    await sleep(1000);
    const dropped = before - socketsOf(ops);
    const unread = slow?.readableLength ?? 0;
    return [
      atMost("primary's CPU that they add, of one core", 100 * (watched - alone), 1, ' %'),
      isEqual('viewers dropped', dropped, 1),
      { what: 'events until then', measured: String(crashes), limit: '-', holds: true },
      {
        what: 'read of what it was sent',
        measured: `${unread} bytes in its buffer`,
        limit: '-',
        holds: true,
      },
      isEqual('events that each other viewer has', [...new Set(ended)].join(' or '), String(crashes)),
    ];
  },
};

async function view(t: Scope, place: http.RequestOptions): Promise<http.IncomingMessage> {
  const request = http.get({ ...place, path: '/events', agent: false });
  request.on('error', () => {});
  t.after(() => void request.destroy());
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.on('error', () => {});
  return response;
}

/** The CPU time that a process takes, as a part of one core. */
async function cpuOf(pid: number): Promise<number> {
  const startMs = performance.now();
  const before = ticksOf(pid);
  await sleep(MEASURE_MS);
  return (ticksOf(pid) - before) / TICKS_PER_SECOND / ((performance.now() - startMs) / 1000);
}

function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function socketsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
