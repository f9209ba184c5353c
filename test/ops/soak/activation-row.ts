import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { until } from '../../support/load.ts';
import { inRoot } from '../../support/paths.ts';
import { commandOf, descendants } from '../../support/process-tree.ts';
import { isEqual } from '../../support/soak-row.ts';
import type { Row } from '../../support/soak-row.ts';

const { freePorts } = createRequire(import.meta.url)(inRoot('test/support/free-ports.cjs')) as {
  freePorts: (count: number) => Promise<number>;
};

const RESTARTS = 3;
const PER_SECOND = 200;
const TICK_MS = 10;
const SERVE_MS = 3000;

export const ACTIVATION_ROW: Row = {
  name: 'activation',
  what: `a service of systemd-socket-activate is restarted ${RESTARTS} times under ${PER_SECOND} connections a second`,
  async run(t) {
    const port = await freePorts(1);
    const folder = mkdtempSync(path.join(os.tmpdir(), 'grappolo-soak-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    // The shell is the manager that keeps the socket; each service in turn learns that the socket is for it.
    const start = [
      process.execPath,
      inRoot('dist/cli.cjs'),
      'start',
      inRoot('test/production/programs/server.mjs'),
    ]
      .concat('--workers', '2', '--log', 'json')
      .join(' ');
    const script = `for i in $(seq ${RESTARTS + 1}); do sh -c 'LISTEN_PID=$$ exec ${start}'; done`;
    const env = [`PORT=${port}`, `XDG_RUNTIME_DIR=${folder}`].flatMap((each) => ['-E', each]);
    const activate = spawn('systemd-socket-activate', ['-l', String(port), ...env, 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const missing = once(activate, 'error').then(() => true);
    if (activate.pid === undefined) {
      await missing;
      return [isEqual('systemd-socket-activate', 'is not there', 'there')];
    }
    const { pid } = activate;
    const ended = once(activate, 'close');
    t.after(async () => {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // It has ended already.
      }
      await ended;
    });
    let stdout = '';
    activate.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    // It says so when it listens.
    await once(activate.stderr, 'data');
    activate.stderr.resume();
    const clients = new Clients(port);
    const ready = (): number => stdout.split('"type":"ready"').length - 1;
    for (let i = 0; i <= RESTARTS; i += 1) {
      await until('it is ready', () => ready() === i + 1, 60_000);
      await sleep(SERVE_MS);
      if (i === RESTARTS) await clients.stop();
      const service = descendants(pid).find(
        (each) => each.parent === pid && commandOf(each.pid).includes('cli.cjs'),
      );
      process.kill(service?.pid ?? NaN, 'SIGTERM');
    }
    const [code] = (await ended) as [number];
    const failures = [...clients.failures].map(([reason, count]) => `${count} ${reason}`).join(', ');
    return [
      {
        what: 'connections',
        measured: `${clients.answered}, ${Math.round(clients.perSecond)} a second`,
        limit: `at least ${PER_SECOND * 0.95} a second`,
        holds: clients.perSecond >= PER_SECOND * 0.95,
      },
      isEqual('refused', clients.failures.get('ECONNREFUSED') ?? 0, 0),
      isEqual('reset', clients.failures.get('ECONNRESET') ?? 0, 0),
      isEqual('failed in any way', failures || 'none', 'none'),
      { what: 'slowest answer', measured: `${Math.round(clients.slowestMs)} ms`, limit: '-', holds: true },
      isEqual('end of the last', code, 0),
    ];
  },
};

/** So many new connections a second, whatever becomes of them. */
class Clients {
  answered = 0;
  slowestMs = 0;
  perSecond = 0;
  readonly failures = new Map<string, number>();
  readonly #port: number;
  readonly #startMs = performance.now();
  readonly #underway = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;

  constructor(port: number) {
    this.#port = port;
    this.#timer = setInterval(() => this.#sendDue(), TICK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.perSecond = this.#sent / ((performance.now() - this.#startMs) / 1000);
    await Promise.all(this.#underway);
  }

  #sendDue(): void {
    const due = ((performance.now() - this.#startMs) / 1000) * PER_SECOND;
    for (; this.#sent < due; this.#sent += 1) {
      const request = this.#ask();
      this.#underway.add(request);
      void request.then(() => this.#underway.delete(request));
    }
  }

  async #ask(): Promise<void> {
    const sentAtMs = performance.now();
    try {
      const request = http.get({ host: '127.0.0.1', port: this.#port, agent: false });
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      response.resume();
      await once(response, 'end');
      this.answered += 1;
      this.slowestMs = Math.max(this.slowestMs, performance.now() - sentAtMs);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? String(error);
      this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
    }
  }
}
