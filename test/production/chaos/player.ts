import { readdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { exchange } from '../../../src/cli/control/exchange.ts';
import type { CommandRequest } from '../../../src/cli/control/protocol.ts';
import type { Verdict } from '../../../src/ops/instance.ts';
import { limitMs } from '../../support/limits.ts';
import type { Running } from '../running.ts';
import type { Chronicle } from './chronicle.ts';
import type { Deed } from './plan.ts';

/** A request that is not answered by then never will be. */
const ANSWER_MS = limitMs(45_000);
/** Refusals that are right while something else is under way. */
const REFUSALS: readonly string[] = [
  'ERR_GRAPPOLO_BUSY',
  'ERR_GRAPPOLO_RELOAD_FAILED',
  'ERR_GRAPPOLO_SCALE_FAILED',
];

/** Does to a supervisor what a plan says. */
export class Player {
  /** By a worker's id: which signal it was sent, and when by the clock on the wall. */
  readonly signalled = new Map<number, { readonly signal: NodeJS.Signals; readonly atMs: number }>();
  /** When workers that started could not serve, by the clock on the wall. */
  readonly broken: { readonly fromMs: number; readonly untilMs: number }[] = [];
  /** What was answered that should not be. */
  readonly violations: string[] = [];
  readonly #running: Running;
  readonly #chronicle: Chronicle;
  readonly #underway = new Set<Promise<unknown>>();
  #isBroken = false;

  constructor(running: Running, chronicle: Chronicle) {
    this.#running = running;
    this.#chronicle = chronicle;
  }

  play(deed: Deed): void {
    switch (deed.type) {
      case 'kill':
        this.#signal('SIGKILL', deed.pick);
        return;
      case 'stop':
        this.#signal('SIGSTOP', deed.pick);
        return;
      case 'end':
        this.#signal('SIGTERM', deed.pick);
        return;
      case 'reload':
        this.#keep(this.request({ command: 'reload' }));
        return;
      case 'scale':
        this.#keep(this.request({ command: 'scale', workers: deed.workers }));
        return;
      case 'status':
        this.#keep(this.#checkStatus());
        return;
      case 'ask':
        this.#keep(this.#running.ask(deed.path));
        return;
      case 'break':
        this.#keep(this.#break(deed.version));
        return;
      case 'signal':
        this.#running.program.child.kill(deed.signal);
        return;
      case 'hang up':
        this.#keep(this.#hangUp(deed.line));
        return;
      case 'malformed':
        this.#keep(this.#sendMalformed(deed.line));
        return;
      default:
        deed satisfies never;
    }
  }

  /** Waits for what was asked for. */
  async finish(): Promise<void> {
    while (this.#underway.size > 0) await Promise.all(this.#underway);
  }

  async request(request: CommandRequest): Promise<Verdict | undefined> {
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const answer = await exchange(this.#socket, request, { signal });
      const isRight = answer.type === 'done' || REFUSALS.includes(answer.code);
      if (!isRight) this.violations.push(`${request.command} was answered ${answer.code}: ${answer.message}`);
      return answer;
    } catch (error) {
      this.violations.push(`${request.command} had no answer: ${String(error)}`);
      return undefined;
    }
  }

  get #socket(): string {
    const { controlFolder } = this.#running;
    const name = readdirSync(controlFolder).find((file) => file.endsWith('.sock')) ?? 'none';
    return path.join(controlFolder, name);
  }

  #keep(promise: Promise<unknown>): void {
    const kept = promise.catch((error: unknown) => this.violations.push(String(error)));
    this.#underway.add(kept);
    void kept.then(() => this.#underway.delete(kept));
  }

  /** Whom nobody has sent one so far: a second SIGTERM may cut requests off. */
  #signal(signal: NodeJS.Signals, pick: number): void {
    const workers = this.#chronicle.living
      .filter(({ leavingAtMs }) => signal !== 'SIGTERM' || leavingAtMs === undefined)
      .map(({ worker }) => worker)
      .filter(({ id }) => !this.signalled.has(id));
    const { id, pid } = workers[Math.floor(pick * workers.length)] ?? {};
    if (id === undefined || pid === undefined) return;
    try {
      process.kill(pid, signal);
      this.signalled.set(id, { signal, atMs: Date.now() });
    } catch {
      // It has ended, and its event is on the way.
    }
  }

  async #checkStatus(): Promise<void> {
    const answer = await this.request({ command: 'status' });
    if (answer?.type !== 'done') return;
    const { ready, slots, workers } = answer.status;
    const served = workers.filter(({ state, slot }) => state === 'ready' && slot < slots);
    if (ready !== new Set(served.map(({ slot }) => slot)).size)
      this.violations.push(`a status says ready: ${ready}, and names ${served.length}`);
  }

  async #break(version: 'never listens' | 'dies'): Promise<void> {
    if (this.#isBroken) return;
    this.#isBroken = true;
    const fromMs = Date.now();
    this.#running.deploy(version);
    await this.request({ command: 'reload' });
    this.#running.deploy('serves');
    this.broken.push({ fromMs, untilMs: Date.now() });
    await this.request({ command: 'reload' });
    this.#isBroken = false;
  }

  async #hangUp(line: string): Promise<void> {
    const socket = net.connect(this.#socket).on('error', () => {});
    socket.write(line);
    await sleep(line.length);
    socket.destroy();
  }

  async #sendMalformed(line: string): Promise<void> {
    const socket = net.connect(this.#socket);
    let text = '';
    try {
      socket.end(line, 'latin1');
      for await (const part of socket.setEncoding('utf8')) text += String(part);
    } catch (error) {
      // Where it was told the answer before it had sent everything.
      text ||= String((error as NodeJS.ErrnoException).code);
    }
    const isRight = line === '' ? text === '' : /ERR_GRAPPOLO_CONTROL_REFUSED|EPIPE|ECONNRESET/.test(text);
    if (!isRight) this.violations.push(`${JSON.stringify(line.slice(0, 40))} was answered ${text}`);
  }
}
