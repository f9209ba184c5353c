import type { ListenError } from '../api/cluster.ts';
import type { SupervisedFork, SupervisedWorker, Supervision } from '../api/supervision.ts';
import type {
  DrainCause,
  StartFailure,
  SupervisedEnd,
  SupervisedState,
  WorkerName,
  WorkerStatus,
} from '../api/supervisor.ts';
import type { Worker } from '../api/worker.ts';
import type { Member } from '../core/pool.ts';
import { own } from '../own.ts';
import type { Address, Pulse } from '../protocol/messages.ts';
import { InspectorTap } from './inspector-tap.ts';
import type { Plan } from './options.ts';
import { supervisedEnd } from './supervised-end.ts';
import type { Leaving } from './supervised-end.ts';
import type { OutputTarget } from './output-target.ts';
import { workerEnvironment } from './worker-environment.ts';
import { WorkerOutputReader } from './worker-output.ts';

/** What a supervisor hears of one of its workers. */
export interface ProcessEvents {
  readonly onListening: (address: Address) => void;
  readonly onListenError: (error: ListenError) => void;
  readonly onReady: (afterMs: number) => void;
  readonly onReadyTimeout: () => void;
  /** It has been silent for longer than it may. */
  readonly onHung: (silentMs: number) => void;
  readonly onOverMemory: (memoryMb: number) => void;
  /** See `SupervisedEvents`. */
  readonly onMetrics: (json: string, ack: number | undefined) => void;
  /** It is on its way out by itself. */
  readonly onLeaving: () => void;
  /** The last that is heard of it. `output` is the last that it wrote to stderr. */
  readonly onEnd: (reason: SupervisedEnd, output: readonly string[]) => void;
}

export interface ProcessOptions {
  readonly plan: Plan;
  readonly supervision: Supervision;
  /** Where its output goes. */
  readonly target: OutputTarget;
  readonly events: ProcessEvents;
}

/** A worker whose loop does not turn will hardly hear SIGTERM. */
const HUNG_KILL_AFTER_MS = 300;
/** How long a worker whose channel is closed may take to end by itself. */
const LINGER_MS = 500;
/** How much later than its workers a supervisor may hear a signal to the whole process group. */
const GROUP_SIGNAL_MS = 30;
/** How often it is looked whether a worker is silent. */
const LOOK_MS = 250;

/** One worker from its start to its end: whether it is ready, how it is, and how it is made to end. */
export class SupervisedProcess {
  readonly member: Member;
  readonly #startedAtMs = own.now();
  readonly #addresses: Address[] = [];
  readonly #plan: Plan;
  readonly #events: ProcessEvents;
  readonly #supervised: SupervisedWorker;
  readonly #tap: InspectorTap;
  readonly #output: WorkerOutputReader;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isReady = false;
  #leaving: Leaving | undefined;
  #isKilled = false;
  #pulse: Pulse | undefined;
  #uncaught: string | undefined;
  #silentMs = 0;
  /** Since when silence is counted that is not in `#silentMs` yet. */
  #lookedAtMs = 0;
  readonly #ended = new AbortController();

  /** @throws What `cluster.fork()` throws. */
  constructor(member: Member, { plan, supervision, target, events }: ProcessOptions) {
    this.member = member;
    this.#plan = plan;
    this.#events = events;
    this.#supervised = supervision.fork(this.#forkRequest());
    this.#tap = new InspectorTap(target);
    this.#output = new WorkerOutputReader(this.worker.process, member, this.#tap);
    this.#watch();
  }

  get worker(): Worker {
    return this.#supervised.worker;
  }

  get pid(): number | undefined {
    return this.worker.process.pid;
  }

  get name(): WorkerName {
    const { slot, generation } = this.member;
    return { slot, id: this.worker.id, pid: this.pid, generation };
  }

  get state(): SupervisedState {
    if (this.#hasEnded) return 'stopping';
    const { kind } = this.#leaving ?? {};
    if (kind === undefined) return this.#isReady ? 'ready' : 'starting';
    return kind === 'drain' || kind === 'memory-limit' ? 'draining' : 'stopping';
  }

  get wasReady(): boolean {
    return this.#isReady;
  }

  get silentMs(): number {
    return Math.round(this.#silentMs);
  }

  /** Where it listens, and did when it began to leave. */
  get addresses(): readonly Address[] {
    return this.#addresses;
  }

  get status(): Omit<WorkerStatus, 'restarts'> {
    return {
      ...this.name,
      state: this.state,
      uptimeMs: Math.round(own.now() - this.#startedAtMs),
      connections: this.#pulse?.connections ?? 0,
      loopDelayMs: this.#pulse?.delayMs,
      memoryMb: this.#memoryMb,
    };
  }

  /** The last that it wrote to stderr. */
  get output(): readonly string[] {
    return this.#tap.ownLines(this.#output.recentErrors);
  }

  /** Asks for what its program counts by itself. */
  collect(ack: number): void {
    this.#supervised.collect(ack);
  }

  /** It finishes what it has and ends, or is made to when its time is over, of which `passedMs` are. */
  drain(cause: DrainCause, passedMs = 0): void {
    this.#leaving =
      cause === 'memory'
        ? { kind: 'memory-limit', memoryMb: this.#memoryMb ?? 0 }
        : { kind: 'drain', cause, isOverdue: false };
    // Where all are to end, nobody is left to go on with them.
    this.#supervised.drain(cause !== 'stop');
    this.#after(Math.max(0, this.#plan.drainTimeoutMs - passedMs), () => {
      if (this.#leaving?.kind === 'drain') this.#leaving = { ...this.#leaving, isOverdue: true };
      this.#terminate(this.#plan.killAfterMs);
    });
  }

  /** It is not ready, and is not to be any more. */
  dismiss(cause: DrainCause): void {
    this.#leaving = { kind: 'drain', cause, isOverdue: false };
    this.#supervised.exclude();
    this.#terminate(this.#plan.killAfterMs);
  }

  /** It was not ready in time. */
  giveUpWaiting(): void {
    this.#leaving = { kind: 'ready-timeout', timeoutMs: this.#plan.readyTimeoutMs };
    this.#supervised.exclude();
    this.#terminate(this.#plan.killAfterMs);
  }

  /** Others get what it has not taken; then it is looked where it hangs, if that can be, and it is ended. */
  async endHung(): Promise<string | undefined> {
    this.#leaving = { kind: 'hang', silentMs: Math.round(this.#silentMs) };
    this.#supervised.exclude();
    const { pid } = this;
    const stack = pid === undefined ? undefined : await this.#tap.captureStack(pid, this.#ended.signal);
    this.#terminate(HUNG_KILL_AFTER_MS);
    return stack;
  }

  /** Why it has failed, as far as it has. */
  get failure(): StartFailure {
    const reason = this.#leaving?.kind === 'drain' ? { ...this.#leaving, isForced: false } : this.#leaving;
    return { worker: this.name, reason: reason ?? { kind: 'exit', code: 0 }, output: this.output };
  }

  /** All are to end at once. */
  kill(): void {
    this.#isKilled = true;
    this.#endNow();
  }

  /** Whatever it was doing, its time is over. */
  #endNow(): void {
    if (this.#hasEnded) return;
    if (this.#leaving?.kind === 'drain') this.#leaving = { ...this.#leaving, isOverdue: true };
    this.worker.process.kill('SIGKILL');
  }

  get #memoryMb(): number | undefined {
    return this.#pulse && Math.round(this.#pulse.memory / 2 ** 20);
  }

  get #hasEnded(): boolean {
    return this.#ended.signal.aborted;
  }

  #forkRequest(): SupervisedFork {
    const { exec, args, execArgv, cwd, uid, gid, hangMs, drainTimeoutMs, idleGraceMs } = this.#plan;
    const { slot } = this.member;
    return {
      slot,
      env: workerEnvironment(this.#plan, slot),
      settings: {
        exec,
        args,
        execArgv: [...execArgv],
        cwd,
        uid,
        gid,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
      terms: { pulseMs: pulseMs(hangMs), timeoutMs: drainTimeoutMs, idleGraceMs },
      events: {
        onReady: () => this.#onSaysReady(),
        onPulse: (pulse) => this.#onPulse(pulse),
        onUncaught: (stack) => (this.#uncaught = stack),
        onMetrics: (json, ack) => this.#events.onMetrics(json, ack),
        onListenError: (error) => this.#events.onListenError(error),
        onClosed: (address) => this.#onClosed(address),
        onLeaving: () => this.#onLeaving(),
      },
    };
  }

  #onClosed({ address, port, addressType }: Address): void {
    const index = this.#addresses.findIndex(
      (each) => each.address === address && each.port === port && each.addressType === addressType,
    );
    if (index !== -1) this.#addresses.splice(index, 1);
  }

  #onLeaving(): void {
    if (this.#leaving) return;
    this.#leaving = { kind: 'drain', cause: 'own', isOverdue: false };
    // A signal to the whole process group reaches the supervisor as well, who then starts nobody in its place.
    this.#after(GROUP_SIGNAL_MS, () => this.#events.onLeaving());
  }

  #watch(): void {
    const { worker } = this;
    const { readyOn, readyTimeoutMs } = this.#plan;
    worker.on('error', () => {
      // Its end is told by 'exit' in any case.
    });
    worker.on('online', () => {
      if (readyOn === 'online') this.#becomeReady();
    });
    worker.on('listening', (address) => {
      this.#addresses.push(address);
      this.#events.onListening(address);
      if (readyOn === 'listening') this.#becomeReady();
    });
    worker.on('message', (message) => {
      if (message === 'ready') this.#onSaysReady();
    });
    worker.on('disconnect', () => this.#after(LINGER_MS, () => this.#terminate(this.#plan.killAfterMs)));
    worker.on('exit', () => void this.#onExit());
    this.#after(readyTimeoutMs, () => {
      if (!this.#isReady && !this.#leaving) this.#events.onReadyTimeout();
    });
  }

  #onSaysReady(): void {
    if (this.#plan.readyOn === 'message') this.#becomeReady();
  }

  #becomeReady(): void {
    if (this.#isReady || this.#leaving) return;
    this.#isReady = true;
    if (this.#plan.hangMs > 0) this.#watchSilence();
    this.#events.onReady(Math.round(own.now() - this.#startedAtMs));
  }

  #onPulse(pulse: Pulse): void {
    this.#pulse = pulse;
    this.#silentMs = 0;
    this.#lookedAtMs = own.now();
    const { maxMemoryMb } = this.#plan;
    const memoryMb = this.#memoryMb ?? 0;
    if (maxMemoryMb > 0 && memoryMb > maxMemoryMb && this.state === 'ready')
      this.#events.onOverMemory(memoryMb);
  }

  /** Only the time in which this process could have heard something counts: what waits to be read when it goes on is read before the next look. */
  #watchSilence(): void {
    const { hangMs } = this.#plan;
    const mostMs = Math.min(2 * LOOK_MS, hangMs / 2);
    this.#lookedAtMs = own.now();
    const timer = own
      .setInterval(() => {
        const nowMs = own.now();
        this.#silentMs += Math.min(nowMs - this.#lookedAtMs, mostMs);
        this.#lookedAtMs = nowMs;
        if (this.#tap.isDebugged) this.#silentMs = 0;
        // One whose channel is closed has nothing more to say.
        if (this.#silentMs < hangMs || !this.worker.isConnected()) return;
        own.clearInterval(timer);
        this.#events.onHung(Math.round(this.#silentMs));
      }, LOOK_MS)
      .unref();
    this.#timers.add(timer);
  }

  /** SIGTERM, and SIGKILL where that does not help. */
  #terminate(killAfterMs: number): void {
    if (this.#hasEnded) return;
    this.worker.process.kill('SIGTERM');
    this.#after(killAfterMs, () => this.#endNow());
  }

  async #onExit(): Promise<void> {
    this.#ended.abort();
    for (const timer of this.#timers) own.clearTimeout(timer);
    await this.#output.finished;
    const { endReason } = this.worker;
    const output = this.output;
    const reason = supervisedEnd({
      reason: endReason ?? { kind: 'exit', code: 0 },
      leaving: this.#leaving,
      isKilled: this.#isKilled,
      uncaught: this.#uncaught,
      output,
    });
    this.#events.onEnd(reason, output);
  }

  #after(delayMs: number, act: () => void): void {
    if (this.#hasEnded) return;
    const timer = own.setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delayMs);
    this.#timers.add(timer);
  }
}

/** Often enough that silence is told from bad luck. */
function pulseMs(hangMs: number): number {
  return hangMs === 0 ? 1000 : Math.min(1000, Math.max(50, hangMs / 4));
}
