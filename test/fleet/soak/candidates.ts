import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

import { until } from '../../support/load.ts';
import { inRoot } from '../../support/paths.ts';
import { type Program, type Scope, startProgram } from '../../support/program.ts';
import { type Check, isEqual } from '../../support/soak-row.ts';
import { type LogLine, type Tenure, tenuresOf } from './tenures.ts';

/** Processes of which one at a time holds a lease, and what they have told of it. */
export class Candidates {
  readonly #t: Scope;
  readonly #url: string;
  readonly #runMs: number;
  readonly #log: string;
  readonly #programs = new Map<number, Program>();

  private constructor(t: Scope, url: string, runMs: number, folder: string) {
    this.#t = t;
    this.#url = url;
    this.#runMs = runMs;
    this.#log = path.join(folder, 'log');
    writeFileSync(this.#log, '');
  }

  /** Waits until one of them holds it. */
  static async start(
    t: Scope,
    url: string,
    { count = 3, runMs }: { readonly count?: number; readonly runMs: number },
  ): Promise<Candidates> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'grappolo-lease-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const candidates = new Candidates(t, url, runMs, folder);
    for (let i = 0; i < count; i += 1) await candidates.add();
    await candidates.untilHeld(0);
    return candidates;
  }

  /** Waits until it wants the lease. */
  async add(): Promise<void> {
    const program = startProgram(this.#t, inRoot('test/fleet/programs/candidate.mjs'), {
      cluster: 'node',
      env: { LOG: this.#log, ENGINE: this.#url },
      timeoutMs: this.#runMs,
    });
    this.#programs.set(program.pid, program);
    await program.waitFor(/candidate\n/);
  }

  tenures(): readonly Tenure[] {
    return tenuresOf(this.#lines()).tenures;
  }

  /** Waits for a tenure that began after this moment, and gives it. */
  async untilHeld(afterMs: number, timeoutMs = 60_000): Promise<Tenure> {
    const found = (): Tenure | undefined => this.tenures().find(({ beganMs }) => beganMs > afterMs);
    await until('somebody to hold the lease', () => found() !== undefined, timeoutMs);
    return found() as Tenure;
  }

  /** Kills whoever holds it, and gives when that was done. */
  async killHolder(): Promise<number> {
    const { pid } = this.tenures().findLast(({ endedMs }) => endedMs === undefined) as Tenure;
    const program = this.#programs.get(pid);
    program?.killGroup();
    await program?.ended;
    const ns = String(process.hrtime.bigint());
    appendFileSync(this.#log, `${JSON.stringify({ type: 'kill', pid, ns })}\n`);
    return Number(ns) / 1e6;
  }

  /** That there were never two at once, nor a term that did not grow. */
  checks(): readonly Check[] {
    const { tenures, overlaps, fallen } = tenuresOf(this.#lines());
    return [
      { what: 'tenures', measured: String(tenures.length), limit: '-', holds: tenures.length > 1 },
      isEqual('two leaders at once', overlaps, 0),
      isEqual('terms that did not grow', fallen, 0),
    ];
  }

  #lines(): readonly LogLine[] {
    // The last may be half written.
    const text = readFileSync(this.#log, 'utf8');
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine);
  }
}

/** On the clock of the machine, which all its processes share. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
