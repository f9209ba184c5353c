import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { limitMs } from '../../support/limits.ts';
import type { Load } from '../../support/load.ts';
import { until } from '../../support/load.ts';
import { inRoot } from '../../support/paths.ts';
import { commandOf, descendants } from '../../support/process-tree.ts';
import { isRunning } from '../../support/processes.ts';
import type { Scope } from '../../support/program.ts';
import { Running } from '../running.ts';
import { Chronicle, nameOf } from './chronicle.ts';
import type { Life } from './chronicle.ts';
import { Diaries } from './diaries.ts';
import { growthOf, measureHoldings } from './holdings.ts';
import type { Holdings } from './holdings.ts';
import { drawPlan } from './plan.ts';
import type { Deed } from './plan.ts';
import { Player } from './player.ts';
import { findViolations, lifeOf } from './verdict.ts';
import type { Harm } from './verdict.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly events: number;
  /** How many there are at the start, and when it is calm. Default: 4. */
  readonly workers?: number;
  readonly policy?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** After how many events it is waited until it is calm. Default: never but at the end. */
  readonly calmEvery?: number;
  readonly onProgress?: (line: string) => void;
}

export interface ChaosResult {
  /** What must never be, in words. */
  readonly violations: readonly string[];
  readonly requests: number;
  readonly failed: number;
  readonly tally: Readonly<Record<Deed['type'], number>>;
  readonly workersStarted: number;
  readonly reloads: number;
  readonly slowestReloadMs: number;
  readonly slowestReplacementMs: number;
  readonly slowestAnswerMs: number;
  /** What the supervising process holds: at the start, and whenever it is calm. */
  readonly holdings: readonly Holdings[];
}

const PER_SECOND = 5;
const HANG_MS = limitMs(2500);
const READY_TIMEOUT_MS = limitMs(3000);
const FLAGS: readonly string[] = Object.entries({
  'hang-timeout': HANG_MS,
  'max-memory': 200,
  'ready-timeout': READY_TIMEOUT_MS,
  'drain-timeout': limitMs(8000),
}).flatMap(([name, value]) => [`--${name}`, String(value)]);
const MAIN_FOLDER = inRoot('dist');
const PROGRAMS_FOLDER = inRoot('test/production/programs');
const HARMFUL: readonly string[] = ['/spin', '/block', '/crash'];
const GUARD_MS = 2000;
const CALM_MS = 20_000;
const LOOK_MS = 100;
/** Plays random events against a supervisor under load, and checks what must hold whatever happens. */
export async function runChaos(t: Scope, options: ChaosOptions): Promise<ChaosResult> {
  const chaos = await Chaos.begin(t, options);
  return chaos.run();
}

class Chaos {
  readonly #options: ChaosOptions;
  readonly #running: Running;
  readonly #workers: number;
  readonly #chronicle: Chronicle;
  readonly #diaries: Diaries;
  readonly #player: Player;
  readonly #violations: string[] = [];
  readonly #seen = new Set<number>();
  readonly #holdings: Holdings[] = [];
  #heard = 0;
  #slowestAnswerMs = 0;

  private constructor(running: Running, workers: number, options: ChaosOptions) {
    this.#options = options;
    this.#running = running;
    this.#workers = workers;
    this.#chronicle = new Chronicle(workers);
    this.#diaries = new Diaries(running.diaryFolder);
    this.#player = new Player(running, this.#chronicle);
  }

  static async begin(t: Scope, options: ChaosOptions): Promise<Chaos> {
    const { workers = 4, policy, env, events } = options;
    const running = await Running.start(t, {
      workers,
      flags: [...FLAGS, ...(policy === undefined ? [] : ['--policy', policy])],
      // The probe is for the supervising process only.
      config: { execArgv: [], restart: { minDelayMs: 20, maxDelayMs: 200 } },
      execArgv: ['--expose-gc', '--require', inRoot('test/production/programs/probe.cjs')],
      ...(env && { env }),
      timeoutMs: 300_000 + (events * 2000) / PER_SECOND,
    });
    return new Chaos(running, workers, options);
  }

  async run(): Promise<ChaosResult> {
    const { events, seed, calmEvery = Infinity } = this.#options;
    const plan = drawPlan({ seed, events, perSecond: PER_SECOND });
    const load = this.#running.load({ slowMs: 200, lateMs: HANG_MS });
    // All that is made at the first use is there then.
    await this.#warmUp();
    await this.#calm(load);
    const looking = setInterval(() => this.#look(), LOOK_MS);
    const tally: Partial<Record<Deed['type'], number>> = {};
    let played = 0;
    let calmedAt = 0;
    for (const { afterMs, deeds } of plan) {
      await sleep(limitMs(afterMs));
      this.#hear();
      for (const deed of deeds) {
        this.#player.play(deed);
        tally[deed.type] = (tally[deed.type] ?? 0) + 1;
      }
      played += deeds.length;
      if (played - calmedAt < calmEvery) continue;
      calmedAt = played;
      await this.#calm(load);
      this.#options.onProgress?.(`${played} of ${events} events, ${JSON.stringify(this.#holdings.at(-1))}`);
    }
    if (calmedAt < played) await this.#calm(load);
    clearInterval(looking);
    const { requests, failures } = await this.#stop(load);
    const { reloadMs, replacementMs, lives } = this.#chronicle;
    return {
      violations: [...this.#violations, ...this.#chronicle.violations, ...this.#player.violations],
      requests,
      failed: failures,
      tally: tally as ChaosResult['tally'],
      workersStarted: lives.size,
      reloads: reloadMs.length,
      slowestReloadMs: Math.max(0, ...reloadMs),
      slowestReplacementMs: Math.max(0, ...replacementMs),
      slowestAnswerMs: this.#slowestAnswerMs,
      holdings: this.#holdings,
    };
  }

  async #warmUp(): Promise<void> {
    this.#player.play({ type: 'malformed', line: '\n' });
    this.#player.play({ type: 'ask', path: '/spin' });
    this.#player.play({ type: 'ask', path: '/crash' });
    await this.#player.finish();
    await this.#player.request({ command: 'reload' });
    await this.#player.request({ command: 'scale', workers: 6 });
  }

  /** Reads what the supervisor has told meanwhile. */
  #hear(): void {
    const events = this.#running.events();
    for (const event of events.slice(this.#heard)) this.#chronicle.hear(event);
    this.#heard = events.length;
  }

  #look(): void {
    this.#hear();
    for (const { pid, state } of descendants(this.#running.program.pid))
      if (state !== 'Z') this.#seen.add(pid);
  }

  /** Waits until all is as it was at the start, and looks whether it is. */
  async #calm(load: Load): Promise<void> {
    try {
      this.#running.deploy('serves');
      await this.#player.finish();
      await until('what was harmed has ended', () => this.#harmedLeft().length === 0, CALM_MS);
      await until('it has as many workers as at the start', () => this.#isScaledBack(), CALM_MS);
      // What has waited while nobody served.
      load.pause();
      await until('nobody waits', () => load.underway === 0, CALM_MS);
      await until('all slots are filled, and nothing else is there', () => this.#isWhole(), CALM_MS);
    } catch (error) {
      this.#violations.push(`${String(error)}; ${this.#describe()}`);
    }
    this.#hear();
    this.#chronicle.settle();
    this.#holdings.push(await measureHoldings(this.#running));
    load.resume();
  }

  /** Who is not sound, and still there. */
  #harmedLeft(): readonly string[] {
    this.#hear();
    this.#diaries.update();
    const { living } = this.#chronicle;
    const isHarmed = ({ worker }: Life): boolean => this.#player.signalled.has(worker.id);
    return [
      ...living.filter((life) => isHarmed(life)),
      ...this.#diaries.mishaps.flatMap((mishap) => lifeOf(living, mishap) ?? []),
    ].map(({ worker }) => nameOf(worker));
  }

  async #isScaledBack(): Promise<boolean> {
    const answer = await this.#player.request({ command: 'scale', workers: this.#workers });
    return answer?.type === 'done' && answer.status.slots === this.#workers;
  }

  async #isWhole(): Promise<boolean> {
    const answer = await this.#player.request({ command: 'status' });
    this.#hear();
    if (answer?.type !== 'done' || this.#chronicle.isBusy) return false;
    const { phase, ready, workers } = answer.status;
    if (phase !== 'running' || ready !== this.#workers || workers.length !== this.#workers) return false;
    const children = new Set(this.#children());
    const isAll = children.size === workers.length && workers.every(({ pid = 0 }) => children.has(pid));
    return isAll && this.#chronicle.living.length === this.#workers;
  }

  /** All that descends from the supervising process, but the guard that it has. */
  #children(): readonly number[] {
    const all = descendants(this.#running.program.pid).map(({ pid }) => pid);
    const guards = all.filter((pid) => commandOf(pid).includes('orphan-guard'));
    return all.filter((pid) => pid !== guards[0]);
  }

  #describe(): string {
    const living = this.#chronicle.living.map(({ worker }) => nameOf(worker));
    return `children ${this.#children().join()}, harmed ${this.#harmedLeft().join()}, told of ${living.join()}`;
  }

  async #stop(load: Load): Promise<{ requests: number; failures: number }> {
    const { requests, failures, late, slowestMs } = await load.stop();
    this.#slowestAnswerMs = slowestMs;
    this.#violations.push(...growthOf(this.#holdings, this.#workers));
    this.#running.program.child.kill('SIGTERM');
    const { code, signal, stderr } = await this.#running.program.ended;
    if (code !== 0) this.#violations.push(`it ended with ${code ?? signal}: ${stderr}`);
    this.#hear();
    this.#diaries.update();
    const own = [MAIN_FOLDER, PROGRAMS_FOLDER];
    const left = (): number[] =>
      [...new Set([...this.#seen, ...this.#running.pids()])].filter(
        // A number is used again, by whomever.
        (pid) => isRunning(pid) && own.some((folder) => commandOf(pid).includes(folder)),
      );
    // The guard looks at the end of its pipe in its own time.
    await until('nothing is left running', () => left().length === 0, GUARD_MS).catch(() => {
      this.#violations.push(
        `left running: ${left()
          .map((pid) => commandOf(pid))
          .join()}`,
      );
    });
    if (!(await this.#running.isPortFree())) this.#violations.push('its port is not free');
    const files = readdirSync(this.#running.controlFolder);
    if (files.length > 0) this.#violations.push(`left in the folder of control sockets: ${files.join()}`);
    this.#violations.push(
      ...findViolations({
        lives: [...this.#chronicle.lives.values()],
        harms: this.#harms(),
        failures,
        late,
        loadSinceMs: load.sinceMs,
        takingsOf: (port, fromMs, untilMs) => this.#diaries.takingsOf(port, fromMs, untilMs),
        broken: this.#player.broken,
        hangMs: HANG_MS,
        readyTimeoutMs: READY_TIMEOUT_MS,
      }),
    );
    return { requests, failures: failures.length };
  }

  /** By worker: what may have cost what it was answering. */
  #harms(): ReadonlyMap<number, Harm> {
    const { lives } = this.#chronicle;
    const harms = new Map<number, Harm>();
    for (const { pid, deed, atMs } of this.#diaries.mishaps) {
      const life = lifeOf([...lives.values()], { pid, atMs });
      if (life && HARMFUL.includes(deed)) harms.set(life.worker.id, { what: deed, atMs });
    }
    for (const [id, { signal, atMs }] of this.#player.signalled) {
      // One that was ready drains, and loses nothing.
      const isGentle = signal === 'SIGTERM' && lives.get(id)?.readyAtMs !== undefined;
      if (!isGentle && (harms.get(id)?.atMs ?? Infinity) > atMs) harms.set(id, { what: signal, atMs });
    }
    return harms;
  }
}
