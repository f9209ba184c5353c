import http from 'node:http';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import type * as Grappolo from '../../src/index.ts';
import type { SuperviseOptions, Supervisor, SupervisorEvent, WorkerOutput } from '../../src/index.ts';
import { limitMs } from '../support/limits.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { FOLDER, LIBRARY } from './started.ts';

// The same that the programs find.
const { supervise } = (await import(
  pathToFileURL(path.join(LIBRARY, 'dist/index.cjs')).href
)) as typeof Grappolo;

/** Those who ask more often get the same for a second. */
const AGAIN_MS = 100;

interface CountingOptions extends SuperviseOptions {
  /** A file of programs/metrics. Default: `counting.cjs`. */
  readonly program?: string;
}

/** Starts a program whose workers count by themselves, with an operations address, until the end of its test. */
export async function startCounting(
  t: TestContext,
  { program = 'counting.cjs', ...options }: CountingOptions,
): Promise<Counting> {
  const socket = path.join(makeFolder(t), 'ops.sock');
  const events: SupervisorEvent[] = [];
  const output: WorkerOutput[] = [];
  const supervisor = await supervise({
    restart: { minDelayMs: 10, jitter: 0 },
    drain: { timeoutMs: limitMs(2000), idleGraceMs: 50, killAfterMs: limitMs(300) },
    ready: { timeoutMs: limitMs(10_000) },
    execArgv: [],
    ...options,
    exec: path.join(FOLDER, 'programs/metrics', program),
    ops: `unix:${socket}`,
    onEvent: (event) => events.push(event),
    onOutput: (line) => output.push(line),
  });
  t.after(async () => {
    supervisor.kill();
    await supervisor.closed;
  });
  return new Counting(supervisor, socket, events, output);
}

export class Counting {
  readonly supervisor: Supervisor;
  readonly port: number;
  /** How long the slowest scrape took. */
  slowestMs = 0;
  readonly #socket: string;
  readonly #events: readonly SupervisorEvent[];
  readonly #output: readonly WorkerOutput[];

  constructor(
    supervisor: Supervisor,
    socket: string,
    events: readonly SupervisorEvent[],
    output: readonly WorkerOutput[],
  ) {
    this.supervisor = supervisor;
    this.port = supervisor.status().addresses[0]?.port ?? 0;
    this.#socket = socket;
    this.#events = events;
    this.#output = output;
  }

  count(type: SupervisorEvent['type']): number {
    return this.#events.filter((event) => event.type === type).length;
  }

  /** What workers could not read, by the second line of each warning. */
  warnings(): string[] {
    return this.#output
      .filter(({ line }) => line.includes('[GRAPPOLO_NO_METRICS]'))
      .map((first) => {
        const own = this.#output.filter(({ pid, stream }) => pid === first.pid && stream === first.stream);
        return own[own.indexOf(first) + 1]?.line ?? '';
      })
      .filter((detail) => detail !== '');
  }

  async scrape(): Promise<string> {
    const startMs = performance.now();
    const signal = AbortSignal.timeout(limitMs(10_000));
    const text = await new Promise<string>((resolve, reject) => {
      http
        .get({ socketPath: this.#socket, path: '/metrics', agent: false, signal }, (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (part: string) => (body += part));
          response.on('end', () => resolve(body)).on('error', reject);
        })
        .on('error', reject);
    });
    this.slowestMs = Math.max(this.slowestMs, performance.now() - startMs);
    return text;
  }

  /** What is a second old may be shown again. */
  async scrapeUntil(what: string, isIt: (text: string) => boolean): Promise<string> {
    const untilMs = performance.now() + limitMs(10_000);
    for (;;) {
      const text = await this.scrape();
      if (isIt(text)) return text;
      if (performance.now() > untilMs) throw new Error(`The metrics never showed ${what}:\n${text}`);
      await sleep(AGAIN_MS);
    }
  }
}

/** The values of a name, by their labels as they are written. */
export function valuesOf(text: string, name: string): Record<string, number> {
  const lines = [...text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))];
  return Object.fromEntries(lines.map(([, labels = '', value]) => [labels, Number(value)]));
}

export function valueOf(text: string, name: string, labels = ''): number | undefined {
  return valuesOf(text, name)[labels];
}
