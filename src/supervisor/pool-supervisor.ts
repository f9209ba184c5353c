import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';

import type { FleetSource, FleetStatus, Report } from '../api/operations.ts';
import type { Supervision } from '../api/supervision.ts';
import type {
  StartFailure,
  SupervisedEnd,
  Supervisor,
  SupervisorEvent,
  SupervisorHappening,
  SupervisorStatus,
  WorkerName,
} from '../api/supervisor.ts';
import { GrappoloError, invalidArgValue } from '../core/errors.ts';
import { hindrance, openPool, poolTransition } from '../core/pool-transition.ts';
import type { Member, Operation, Pool, PoolEffect, PoolEvent } from '../core/pool.ts';
import { own } from '../own.ts';
import type { Address } from '../protocol/messages.ts';
import { currentCpus } from '../system/cpus.ts';
import { OrphanGuard } from '../system/orphan-guard.ts';
import { warnOnce } from '../system/warning.ts';
import { reaperOfProcessOne } from '../system/zombie-reaper.ts';
import { CpuFollower } from './cpu-follower.ts';
import { failureError } from './failure-error.ts';
import type { FailureCode } from './failure-error.ts';
import { History } from './history.ts';
import type { Plan } from './options.ts';
import type { OutputTarget } from './output-target.ts';
import { ProgramMetrics } from './program-metrics.ts';
import { Promised } from './promised.ts';
import { Reporting } from './reporting.ts';
import { SupervisedProcess } from './supervised-process.ts';
import type { ProcessEvents } from './supervised-process.ts';

export interface PoolSupervisorOptions {
  readonly plan: Plan;
  readonly supervision: Supervision;
  readonly target: OutputTarget;
  readonly onEvent: ((event: SupervisorEvent) => void) | undefined;
  /** The name of the scheduling policy. */
  readonly policy: () => string;
  /** Whether workers count from their start on. */
  readonly counts: boolean;
}

/** The part of the time for a drain that connections may take to find a worker, before all workers leave. */
const LAST_CONNECTIONS_PART = 0.5;

const PHASES = { reload: 'reloading', scale: 'scaling', replace: 'replacing' } as const;
const UNDER_WAY = {
  reload: 'a reload is under way',
  scale: 'another number of workers is being reached',
  replace: 'a worker is being replaced',
} as const;

const UNDONE = {
  reload: 'The reload was not done',
  scale: 'The number of workers was not reached',
  replace: 'The worker was not replaced',
} as const;

/** Does what the pool decides, and tells it what happens. */
export class PoolSupervisor extends EventEmitter<{ event: [event: SupervisorEvent] }> implements Supervisor {
  /** Of a host that is one of a fleet. */
  fleetSource: FleetSource | undefined;
  readonly #options: PoolSupervisorOptions;
  readonly #plan: Plan;
  readonly #processes = new Map<number, SupervisedProcess>();
  /** How those have ended that the pool is about to hear of. */
  readonly #ends = new Map<number, StartFailure>();
  readonly #waits = new Map<number, NodeJS.Timeout>();
  readonly #history = new History();
  readonly #programs = new ProgramMetrics();
  readonly #reporting: Reporting;
  readonly #guard = new OrphanGuard({ onFailure: (reason) => warnOnce('GRAPPOLO_NO_GUARD', reason) });
  readonly #reaper = reaperOfProcessOne((pid) => this.#guard.watches(pid));
  readonly #openedAtMs = own.now();
  /** Fulfilled when every slot has been tried and somebody serves. */
  readonly #started = new Promised();
  /** What waits for the end of a reload, or for a number of slots. */
  #operation = new Promised();
  /** What is said of it where it does not come to its end. */
  #undone = '';
  readonly #closed = new Promised();
  /** What the pool is to hear, in the order in which it happened: what is done about one may already cause the next. */
  readonly #events: PoolEvent[] = [];
  #isBusy = false;
  /** How long the end was put off. */
  #waitedMs = 0;
  #lastWorkerId = 0;
  /** Workers from this id on have started since the last reload began. */
  #firstOfReload = 0;
  #pool: Pool;
  readonly #cpuFollower: CpuFollower | undefined;
  #isClosing = false;
  #isKilled = false;

  constructor(options: PoolSupervisorOptions) {
    super();
    this.#options = options;
    this.#plan = options.plan;
    this.#reporting = new Reporting({
      supervision: options.supervision,
      history: this.#history,
      programs: this.#programs,
      status: () => this.status(),
      policy: options.policy,
      isInFleet: () => this.fleetSource?.isJoined === true,
      isAlwaysOn: options.counts,
    });
    const { pool, effects } = openPool(this.#plan.workers);
    this.#pool = pool;
    if (this.#plan.followsCpus) this.#cpuFollower = this.#followCpus();
    this.#perform(effects);
  }

  get started(): Promise<void> {
    return this.#started.promise;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  async reload(): Promise<void> {
    if (this.#isBusy) await this.#untilTold();
    this.#assertFree('reload', 'reload');
    await this.#begin({ type: 'reload' });
  }

  async scale(workers: number): Promise<void> {
    if (!Number.isSafeInteger(workers) || workers < 1) {
      throw invalidArgValue('workers', workers, ['a whole number from 1']);
    }
    if (this.#isBusy) await this.#untilTold();
    this.#assertFree('scale', 'change the number of workers');
    // Who has given a number wants that number.
    this.#cpuFollower?.stop();
    await this.#begin({ type: 'scale', slots: workers });
  }

  async replace(slot: number): Promise<void> {
    if (this.#isBusy) await this.#untilTold();
    const { slots } = this.#pool;
    if (!Number.isSafeInteger(slot) || slot < 0 || slot >= slots) {
      throw invalidArgValue('slot', slot, [`a slot from 0 to ${slots - 1}`]);
    }
    this.#assertFree('replace', 'replace a worker');
    await this.#begin({ type: 'replace', slot });
  }

  /** @param isWhole whether the workers are asked for what their programs count */
  report(isWhole: boolean): Promise<Report> {
    return this.#reporting.report(isWhole);
  }

  /** `undefined` where there is no fleet. */
  async fleet(): Promise<FleetStatus | undefined> {
    return this.fleetSource?.status();
  }

  async close(): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#options.supervision.stopAccepting();
      if (this.#options.supervision.hasUntaken) await this.#untilTaken();
      this.#apply({ type: 'stop' });
    }
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  kill(): void {
    this.#isClosing = true;
    this.#isKilled = true;
    this.#options.supervision.stopAccepting();
    this.#apply({ type: 'stop' });
    for (const each of this.#processes.values()) each.kill();
  }

  status(): SupervisorStatus {
    const { slots, generation } = this.#pool;
    const alive = [...this.#processes.values()];
    const workers = alive
      .map((each) => ({
        ...each.status,
        restarts: this.#history.restartsOf(each.member.slot),
        lastEnd: this.#history.lastEndOf(each.member.slot),
      }))
      .toSorted(
        (one, other) => one.slot - other.slot || one.generation - other.generation || one.id - other.id,
      );
    const served = workers.filter(({ state, slot }) => state === 'ready' && slot < slots);
    return {
      phase: this.#phase,
      pid: process.pid,
      exec: this.#plan.exec,
      uptimeMs: Math.round(own.now() - this.#openedAtMs),
      slots,
      ready: new Set(served.map(({ slot }) => slot)).size,
      generation,
      reload: this.#reload,
      lastReload: this.#history.lastReload,
      maxMemoryMb: this.#plan.maxMemoryMb > 0 ? this.#plan.maxMemoryMb : undefined,
      addresses: distinct(alive.flatMap(({ addresses }) => addresses)),
      workers,
    };
  }

  #followCpus(): CpuFollower {
    return new CpuFollower({
      cpus: this.#plan.workers,
      readCpus: currentCpus,
      pool: () => ({ slots: this.#pool.slots, isFree: this.#phase === 'running' }),
      onChange: (change) => {
        this.tell({ type: 'cpus-changed', ...change });
        // Whoever has heard that may have asked for something else.
        if (this.#phase !== 'running') return;
        // That it fails is told by an event.
        this.#begin({ type: 'scale', slots: change.to }).catch(() => {});
      },
    });
  }

  get #phase(): SupervisorStatus['phase'] {
    const { phase, operation, isStarted } = this.#pool;
    if (phase === 'ended') return 'stopped';
    if (phase === 'stopping' || this.#isClosing) return 'stopping';
    if (operation) return PHASES[operation.kind];
    return isStarted ? 'running' : 'starting';
  }

  get #reload(): SupervisorStatus['reload'] {
    const { operation, slots } = this.#pool;
    if (operation?.kind !== 'reload') return undefined;
    const { generation, todo, underway } = operation;
    return { generation, done: slots - todo.length - underway.length, slots };
  }

  /** Where a listener asks: what it has heard a part of may yet end what is under way. */
  async #untilTold(): Promise<void> {
    return new Promise((resolve) => own.nextTick(resolve));
  }

  /** @throws ERR_GRAPPOLO_CLOSED or ERR_GRAPPOLO_BUSY. */
  #assertFree(wanted: Operation['kind'], deed: string): void {
    const by = this.#isClosing ? 'closed' : hindrance(this.#pool, wanted);
    if (by === undefined) return;
    if (by === 'closed')
      throw new GrappoloError('ERR_GRAPPOLO_CLOSED', `Cannot ${deed}: the supervisor is closed.`);
    throw new GrappoloError('ERR_GRAPPOLO_BUSY', `Cannot ${deed}: ${UNDER_WAY[by]}.`);
  }

  /** Fulfilled or rejected with what is under way then. */
  #begin(event: PoolEvent & { type: Operation['kind'] }): Promise<void> {
    if (!this.#pool.operation) this.#operation = new Promised();
    const { promise } = this.#operation;
    this.#undone = UNDONE[event.type];
    this.#apply(event);
    return promise;
  }

  /** Connections that came before all workers leave still get one. */
  async #untilTaken(): Promise<void> {
    const startMs = own.now();
    const untilMs = startMs + this.#plan.drainTimeoutMs * LAST_CONNECTIONS_PART;
    while (this.#options.supervision.hasUntaken && own.now() < untilMs) {
      await new Promise((resolve) => {
        own.setTimeout(resolve, 5);
      });
    }
    this.#waitedMs = own.now() - startMs;
  }

  #apply(event: PoolEvent): void {
    this.#events.push(event);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let next = this.#events.shift(); next; next = this.#events.shift()) {
        const { pool, effects } = poolTransition(this.#pool, next, this.#plan.pool);
        this.#pool = pool;
        this.#perform(effects);
        if (next.type === 'ended') this.#forget(next.id);
      }
    } finally {
      this.#isBusy = false;
    }
  }

  #forget(id: number): void {
    this.#processes.delete(id);
    this.#ends.delete(id);
  }

  #perform(effects: readonly PoolEffect[]): void {
    for (const effect of effects) {
      if (isTold(effect)) this.#tellOf(effect);
      else this.#do(effect);
    }
  }

  #do(effect: Exclude<PoolEffect, Told>): void {
    switch (effect.type) {
      case 'fork':
        this.#fork(effect.member);
        return;
      case 'drain':
      case 'kill':
        this.#dismiss(effect);
        return;
      case 'wait':
        this.#waits.set(
          effect.slot,
          own.setTimeout(() => this.#apply({ type: 'wait-over', slot: effect.slot }), effect.delayMs),
        );
        return;
      case 'cancel-wait':
        own.clearTimeout(this.#waits.get(effect.slot));
        return;
      case 'soak':
        own.setTimeout(() => this.#apply({ type: 'soaked', id: effect.id }), effect.delayMs).unref();
        return;
      default:
        effect satisfies never;
    }
  }

  #tellOf(effect: Told): void {
    const { slots } = this.#pool;
    switch (effect.type) {
      case 'tell-end':
        this.#tellEnd(effect.id, effect.restartInMs);
        return;
      case 'tell-started':
        this.#started.resolve();
        return;
      case 'tell-full':
        this.tell({ type: 'ready', slots });
        return;
      case 'tell-reload-started':
        this.#firstOfReload = this.#lastWorkerId + 1;
        this.tell({ type: 'reload-started', generation: effect.generation, slots });
        return;
      case 'tell-reload-progress':
        this.tell({ type: 'reload-progress', generation: effect.generation, done: effect.done, slots });
        return;
      case 'tell-reload-done':
        // Addresses that only the old ones had. Where all new ones have just died, others will need theirs.
        this.#options.supervision.closeUnused(this.#firstOfReload);
        this.#operation.resolve();
        this.#tellReloadDone(effect.generation, this.#operation.ageMs);
        return;
      case 'tell-reload-failed': {
        const failure = this.#failOperation(effect.failedId, 'ERR_GRAPPOLO_RELOAD_FAILED');
        const { generation } = effect;
        const tookMs = this.#operation.ageMs;
        this.#history.reloadEnded({ verdict: 'failed', generation, tookMs, failure });
        this.tell({ type: 'reload-failed', generation: effect.generation, failure });
        return;
      }
      case 'tell-scale-started':
        this.tell({ type: 'scale-started', from: effect.from, to: effect.to });
        return;
      case 'tell-scale-done':
        this.#operation.resolve();
        this.tell({ type: 'scale-done', slots, tookMs: this.#operation.ageMs });
        return;
      case 'tell-scale-failed': {
        const failure = this.#failOperation(effect.failedId, 'ERR_GRAPPOLO_SCALE_FAILED');
        this.tell({ type: 'scale-failed', slots, failure });
        return;
      }
      case 'tell-replace-started':
        this.tell({ type: 'replace-started', slot: effect.slot });
        return;
      case 'tell-replace-done':
        this.#operation.resolve();
        this.tell({ type: 'replace-done', slot: effect.slot, tookMs: this.#operation.ageMs });
        return;
      case 'tell-replace-failed': {
        const failure = this.#failOperation(effect.failedId, 'ERR_GRAPPOLO_REPLACE_FAILED');
        this.tell({ type: 'replace-failed', slot: effect.slot, failure });
        return;
      }
      case 'tell-gave-up': {
        const failure = this.#failOperation(effect.failedId, 'ERR_GRAPPOLO_GAVE_UP');
        this.tell({ type: 'gave-up', failures: effect.failures, failure });
        return;
      }
      case 'tell-done': {
        const { exec, readyOn } = this.#plan;
        this.#failOperation(effect.lastId, 'ERR_GRAPPOLO_GAVE_UP');
        this.tell({ type: 'done', exec, readyOn });
        return;
      }
      case 'tell-stopping': {
        this.#isClosing = true;
        this.tell({ type: 'stopping' });
        this.#started.reject(closedError('The supervisor was closed.'));
        this.#operation.reject(closedError(`${this.#undone}: the instance was stopped before that.`));
        return;
      }
      case 'tell-ended':
        this.#end();
        return;
      default:
        effect satisfies never;
    }
  }

  #tellReloadDone(generation: number, tookMs: number): void {
    this.#history.reloadEnded({ verdict: 'done', generation, tookMs });
    this.tell({ type: 'reload-done', generation, tookMs });
  }

  #fork(member: Member): void {
    const { id, slot, generation } = member;
    const { plan, supervision, target } = this.#options;
    let forked: SupervisedProcess;
    try {
      forked = new SupervisedProcess(member, { plan, supervision, target, events: this.#eventsOf(id) });
    } catch (error) {
      const reason: SupervisedEnd = { kind: 'spawn', error: (error as Error).message };
      const worker = { slot, id: 0, pid: undefined, generation };
      this.#ends.set(id, { worker, reason, output: [] });
      // Later, as those that fail otherwise.
      own.setImmediate(() => this.#apply({ type: 'ended', id, isDone: false, ...now() }));
      return;
    }
    this.#processes.set(id, forked);
    this.#lastWorkerId = forked.name.id;
    if (forked.pid !== undefined) this.#guard.watch(forked.pid);
    this.tell({ type: 'worker-started', worker: forked.name });
    // A listener has killed all while the pool was deciding on this one.
    if (this.#isKilled) forked.kill();
  }

  #eventsOf(id: number): ProcessEvents {
    return {
      onListening: (address) => this.#onListening(id, address),
      onListenError: ({ code, port, address, addressType }) =>
        this.#tellOfWorker(id, (worker) => ({
          type: 'worker-listen-failed',
          worker,
          address: { address, port: port ?? -1, addressType },
          code,
        })),
      onReady: (afterMs) => {
        this.#tellOfWorker(id, (worker) => ({ type: 'worker-ready', worker, afterMs }));
        this.#apply({ type: 'ready', id });
      },
      onReadyTimeout: () => this.#apply({ type: 'ready-timeout', id, ...now() }),
      onHung: () => this.#apply({ type: 'hung', id, ...now() }),
      onOverMemory: (memoryMb) => this.#onOverMemory(id, memoryMb),
      onMetrics: (json, ack) => {
        const each = this.#processes.get(id);
        if (each) this.#programs.hear(each, json, ack);
      },
      onLeaving: () => this.#apply({ type: 'leaving', id, ...now() }),
      onEnd: (reason, output) => this.#onEnd(id, reason, output),
    };
  }

  #dismiss({ id, type, cause }: PoolEffect & { type: 'drain' | 'kill' }): void {
    const each = this.#processes.get(id);
    if (!each) return;
    if (cause === 'hang') {
      void this.#endHung(each);
      return;
    }
    if (cause === 'ready-timeout') {
      each.giveUpWaiting();
      return;
    }
    if (type === 'drain') each.drain(cause, cause === 'stop' ? this.#waitedMs : 0);
    else each.dismiss(cause);
    this.tell({ type: 'worker-draining', worker: each.name, cause });
  }

  async #endHung(each: SupervisedProcess): Promise<void> {
    const { silentMs } = each;
    const stack = await each.endHung();
    // Its end, which names the hang, has been told where it came first.
    if (this.#processes.get(each.member.id) !== each) return;
    this.tell({ type: 'worker-hung', worker: each.name, silentMs, stack });
  }

  #onListening(id: number, address: Address): void {
    this.#tellOfWorker(id, (worker) => ({ type: 'worker-listening', worker, address }));
  }

  #onOverMemory(id: number, memoryMb: number): void {
    const { lastId } = this.#pool;
    this.#apply({ type: 'over-memory', id, ...now() });
    // It may have to wait until others are replaced.
    if (this.#pool.lastId === lastId) return;
    const limitMb = this.#plan.maxMemoryMb;
    this.#tellOfWorker(id, (worker) => ({ type: 'worker-over-memory', worker, memoryMb, limitMb }));
  }

  #onEnd(id: number, reason: SupervisedEnd, output: readonly string[]): void {
    const each = this.#processes.get(id);
    if (!each) return;
    if (each.pid !== undefined) this.#guard.forget(each.pid);
    this.#ends.set(id, { worker: each.name, reason, output });
    this.#programs.ended(each);
    if (reason.kind !== 'drain') this.#history.lost(each.member.slot, reason);
    const isDone = reason.kind === 'exit' && reason.code === 0;
    this.#apply({ type: 'ended', id, isDone, ...now() });
  }

  #tellEnd(id: number, restartInMs: number | undefined): void {
    const end = this.#ends.get(id);
    if (!end) return;
    const wasReady = this.#processes.get(id)?.wasReady ?? false;
    const isOwn = end.reason.kind !== 'drain';
    this.tell({ type: 'worker-ended', ...end, wasReady, restartInMs, output: isOwn ? end.output : [] });
  }

  /** What was asked for has failed, because of this member. Before that is told: whoever hears it may ask for more. */
  #failOperation(id: number, code: FailureCode): StartFailure {
    const failure = this.#ends.get(id) ?? (this.#processes.get(id) as SupervisedProcess).failure;
    const error = failureError(code, failure);
    if (code === 'ERR_GRAPPOLO_GAVE_UP') this.#started.reject(error);
    this.#operation.reject(error);
    return failure;
  }

  #end(): void {
    this.#guard.close();
    this.#reporting.close();
    this.#cpuFollower?.stop();
    this.#reaper?.close();
    this.#options.supervision.stopAccepting();
    this.tell({ type: 'stopped' });
    this.#closed.resolve();
  }

  #tellOfWorker(id: number, happening: (worker: WorkerName) => SupervisorHappening): void {
    const each = this.#processes.get(id);
    if (each) this.tell(happening(each.name));
  }

  /** A listener that throws keeps nobody from hearing, and nothing from being done. */
  tell(happening: SupervisorHappening): void {
    const event: SupervisorEvent = { atMs: own.wallClock(), ...happening };
    const hearers = [this.#options.onEvent, (heard: SupervisorEvent) => this.emit('event', heard)];
    for (const hear of hearers) {
      try {
        hear?.(event);
      } catch (error) {
        warnOnce('GRAPPOLO_LISTENER_FAILED', inspect(error));
      }
    }
  }
}

function closedError(message: string): GrappoloError {
  return new GrappoloError('ERR_GRAPPOLO_CLOSED', message);
}

function distinct(addresses: readonly Address[]): Address[] {
  return [...new Map(addresses.map((address) => [JSON.stringify(address), address])).values()];
}

type Told = Extract<PoolEffect, { type: `tell-${string}` }>;

function isTold(effect: PoolEffect): effect is Told {
  return effect.type.startsWith('tell-');
}

function now(): { nowMs: number; chance: number } {
  return { nowMs: own.now(), chance: Math.random() };
}
