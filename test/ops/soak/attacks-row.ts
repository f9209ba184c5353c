import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import type { Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { until } from '../../support/load.ts';
import type { Scope } from '../../support/program.ts';
import { BEARER, TOKEN } from '../ops-client.ts';
import type { AskOptions } from '../ops-client.ts';
import { Started } from '../started.ts';
import { atMost, isEqual } from '../../support/soak-row.ts';
import type { Check, Row } from '../../support/soak-row.ts';

const SCRIPT = '<script>alert(1)</script>';
/** How long headers may take, and how often that is looked at: see `LIMITS`. */
const LORIS_MS = 12_000;
/** More than the connections that there may be. */
const LORISES = 120;
const REFUSALS: readonly (readonly [what: string, place: string, options: AskOptions, status: number])[] = [
  ['foreign Host', '/metrics', { headers: { Host: 'evil.example' } }, 421],
  ['foreign Host, port of ours', '/', { headers: { Host: 'evil.example:9464' } }, 421],
  ['foreign Origin', '/reload', post({ ...BEARER, Origin: 'http://evil.example' }), 403],
  ['Origin null', '/reload', post({ ...BEARER, Origin: 'null' }), 403],
  ['Sec-Fetch-Site of another', '/reload', post({ ...BEARER, 'Sec-Fetch-Site': 'cross-site' }), 403],
  ['foreign page at /events', '/events', { headers: { Origin: 'http://evil.example' } }, 403],
  ['POST without token', '/reload', post({}), 401],
  ['POST with a wrong token', '/reload', post({ Authorization: 'Bearer 0123456789abcdef' }), 403],
  ['token in the URL', `/reload?token=${TOKEN}`, post({}), 401],
  ['GET /reload', '/reload', { headers: BEARER }, 405],
  ['PUT /scale', '/scale', { method: 'PUT', headers: BEARER }, 405],
];
const TRAVERSALS: readonly string[] = [
  '/../../etc/passwd',
  '/..%2f..%2f..%2fetc%2fpasswd',
  '/lib/../../cli.cjs',
  '//etc/passwd',
  '/lib/..\\..\\cli.cjs',
  '/%2e%2e/cli.cjs',
];

export const ATTACKS_ROW: Row = {
  name: 'attacks',
  what: 'what a page on the web, or whoever reaches the port, may try',
  async run(t) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'grappolo-soak-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const tokenFile = path.join(folder, 'token');
    writeFileSync(tokenFile, TOKEN, { mode: 0o600 });
    const flags = ['--ops-token-file', tokenFile];
    const started = await Started.start(t, { workers: 2, flags, timeoutMs: 300_000 });
    const checks: Check[] = [];
    for (const [what, place, options, status] of REFUSALS)
      checks.push(isEqual(what, (await started.ask(place, options)).status, status));
    checks.push(isEqual('a body of 10 MB', await sendMuch(started), '413'));
    for (const place of TRAVERSALS) checks.push(isEqual(place, await statusOfRaw(t, started, place), 404));
    checks.push(...(await beSlow(t, started)), ...(await writeScript(started)));
    const reloads = started.running.events().filter(({ type }) => type === 'reload-started');
    return [...checks, isEqual('reloads that came of it', reloads.length, 0)];
  },
};

function post(headers: Readonly<Record<string, string>>): AskOptions {
  return { method: 'POST', headers };
}

/** The status, or how the connection was cut off. */
async function sendMuch({ place }: Started): Promise<string> {
  const headers = { ...BEARER, 'Content-Type': 'application/json' };
  const request = http.request({ ...place, path: '/scale', method: 'POST', headers, agent: false });
  request.end(Buffer.alloc(10 * 2 ** 20, ' '));
  request.on('error', () => {});
  const answered = once(request, 'response').then(([response]) =>
    String((response as http.IncomingMessage).statusCode),
  );
  return answered.catch((error: NodeJS.ErrnoException) => String(error.code));
}

/** Node's client would not send every path. */
async function statusOfRaw(t: Scope, { port }: Started, place: string): Promise<number> {
  const socket = await connect(t, port);
  socket.write(`GET ${place} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
  let text = '';
  for await (const part of socket) text += String(part);
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
}

/** Clients that send a byte from time to time. */
async function beSlow(t: Scope, started: Started): Promise<Check[]> {
  const startMs = performance.now();
  const sockets = await Promise.all(Array.from({ length: LORISES }, async () => connect(t, started.port)));
  let open = sockets.length;
  for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nX-Slow: ');
  for (const socket of sockets) socket.resume().once('close', () => (open -= 1));
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('o');
  }, 500);
  const during = await started.ask('/livez').then(
    ({ status }) => status,
    () => 0,
  );
  // Clients close their end when they have the answer.
  await until('they are gone', () => open === 0, 60_000);
  const tookMs = performance.now() - startMs;
  clearInterval(drip);
  const after = await started.ask('/livez');
  return [
    isEqual(`/livez beside ${LORISES} slow clients`, during, 200),
    atMost('slow clients are gone after', tookMs, LORIS_MS, ' ms'),
    isEqual('/livez after them', after.status, 200),
  ];
}

async function writeScript(started: Started): Promise<Check[]> {
  const { running } = started;
  await running.ask(`/print?line=${encodeURIComponent(SCRIPT)}`);
  await running.ask(`/crash?message=${encodeURIComponent(SCRIPT)}`);
  await running.waitFor(({ type }) => type === 'worker-ended');
  const found: string[] = [];
  for (const place of ['/', '/status', '/metrics', '/livez', '/readyz'])
    if ((await started.ask(place)).body.includes(SCRIPT)) found.push(place);
  const { headers, statusCode } = await openEvents(started);
  return [
    isEqual('<script> of a worker in an answer', found.join(' ') || 'none', 'none'),
    isEqual('type of /events', `${statusCode} ${headers['content-type']}`, '200 text/event-stream'),
    isEqual('nosniff there', String(headers['x-content-type-options']), 'nosniff'),
  ];
}

async function openEvents({ place }: Started): Promise<http.IncomingMessage> {
  const request = http.get({ ...place, path: '/events', agent: false });
  request.on('error', () => {});
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.on('error', () => {});
  request.destroy();
  return response;
}

async function connect(t: Scope, port: number): Promise<Socket> {
  const socket = net.connect(port, '127.0.0.1');
  t.after(() => void socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}
