import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { inRoot } from '../../support/paths.ts';
import { startProgram } from '../../support/program.ts';
import { atMost, quantile } from '../../support/soak-row.ts';
import type { Row } from '../../support/soak-row.ts';

const PER_SECOND = 500;
const PHASES = 15;
const PHASE_MS = 5000;
const TICK_MS = 10;

export const CHANNELS_ROW: Row = {
  name: 'channels',
  what: `messages of 10 MB to and fro beside ${PER_SECOND} connections a second`,
  async run(t) {
    const program = startProgram(t, inRoot('test/together/programs/channel-bulk.mjs'), {
      timeoutMs: 600_000,
    });
    const [, port] = await program.waitFor(/listening on (\d+)/);
    const p99s = { calm: [] as number[], bulk: [] as number[] };
    await phase(Number(port));
    const roundsBefore = roundsIn(program.stdout);
    for (let i = 0; i < PHASES; i += 1) {
      for (const kind of ['calm', 'bulk'] as const) {
        await tookMs(Number(port), `/${kind}`);
        await sleep(500);
        p99s[kind].push(quantile(await phase(Number(port)), 0.99));
      }
    }
    const rounds = roundsIn(program.stdout) - roundsBefore;
    const [calm, bulk] = [quantile(p99s.calm, 0.5), quantile(p99s.bulk, 0.5)];
    return [
      { what: 'messages of 10 MB', measured: String(rounds), limit: 'more than 100', holds: rounds > 100 },
      { what: 'p99 without', measured: `${calm.toFixed(2)} ms`, limit: '-', holds: true },
      { what: 'p99 with', measured: `${bulk.toFixed(2)} ms`, limit: '-', holds: true },
      atMost('what they add to p99', bulk - calm, 5, ' ms'),
    ];
  },
};

/** How long each request of a phase took, in ms. */
async function phase(port: number): Promise<number[]> {
  const requests: Promise<number>[] = [];
  const startMs = performance.now();
  for (let atMs = 0; atMs < PHASE_MS; atMs = performance.now() - startMs) {
    const due = Math.floor((atMs * PER_SECOND) / 1000);
    while (requests.length < due) requests.push(tookMs(port, '/'));
    await sleep(TICK_MS);
  }
  return Promise.all(requests);
}

/** By a client that does little: it has the same processors as all others, and Node's own takes as long as the server. */
async function tookMs(port: number, path: string): Promise<number> {
  const startMs = performance.now();
  const socket = net.connect({ port, host: '127.0.0.1' }).setEncoding('latin1');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  let answer = '';
  for await (const text of socket) answer += text;
  if (!/^HTTP\/1.1 200 .*\r\n\r\nhello$/s.test(answer)) throw new Error(`an answer that is none: ${answer}`);
  return performance.now() - startMs;
}

function roundsIn(stdout: string): number {
  return Number([...stdout.matchAll(/rounds (\d+)/g)].at(-1)?.[1] ?? 0);
}
