import { constants } from 'node:os';

import cluster, { fork } from '../index.ts';
import type { Address, EndReason, ListenError } from '../index.ts';
import {
  donePilotLine,
  endedLine,
  failedPilotLine,
  graceOverLine,
  listeningLine,
  listenErrorLine,
  readyLine,
  startedLine,
  stoppingLine,
} from './report.ts';
import type { Named } from './report.ts';
import { restartDelay } from './restart-delay.ts';

type Worker = ReturnType<typeof fork>;

export interface FleetOptions {
  /** The program's file as it was named. */
  readonly file: string;
  readonly workers: number;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
}

/** How long the first worker has to listen before the others start without. */
const PILOT_MS = 2000;
/** How long workers may take to finish their connections when they are stopped. */
const GRACE_MS = 10_000;
/** A signal that comes again this soon is the same one on another way: npm passes on what the terminal sent to all. */
const SAME_SIGNAL_MS = 500;

/** A place for one worker at a time. */
interface Slot {
  readonly worker: Worker;
  readonly startedAtMs: number;
  /** The wait before this worker was started; `undefined` for the first of its slot. */
  readonly delayMs: number | undefined;
  hasListened: boolean;
}

type Phase =
  /** One worker shows whether the program can run at all. */
  | { readonly state: 'pilot'; readonly bindError?: ListenError; readonly timer: NodeJS.Timeout }
  | { readonly state: 'serving'; readonly isReady: boolean }
  | {
      readonly state: 'stopping';
      readonly exitCode: number;
      readonly sinceMs: number;
      readonly timer: NodeJS.Timeout;
    }
  | { readonly state: 'ended' };

/** Keeps workers running from the first to the last: pilot, all, replacements, stop. */
export class Fleet {
  /** The exit code for the command, once no worker is left. */
  readonly ended: Promise<number>;
  readonly #options: FleetOptions;
  /** By worker id. */
  readonly #slots = new Map<number, Slot>();
  readonly #restarts = new Set<NodeJS.Timeout>();
  readonly #places = new Set<string>();
  #end: (exitCode: number) => void = () => {};
  #phase: Phase;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    cluster.on('listening', (worker, address) => this.#onListening(worker, address));
    cluster.on('listenError', (worker, error) => this.#onListenError(worker, error));
    cluster.on('exit', (worker) => this.#onExit(worker));
    this.#phase = { state: 'pilot', timer: setTimeout(() => this.#onPilotTime(), PILOT_MS) };
    this.#fork();
  }

  /** First gently; again, at once. */
  stop(signal: NodeJS.Signals): void {
    const nowMs = performance.now();
    const phase = this.#phase;
    if (phase.state === 'ended') return;
    if (phase.state !== 'stopping') {
      if (this.#slots.size > 0) this.#options.print(stoppingLine(signal, GRACE_MS));
      this.#stopAll(0, signal);
    } else if (nowMs - phase.sinceMs >= SAME_SIGNAL_MS) {
      this.#phase = { ...phase, exitCode: 128 + constants.signals[signal] };
      this.killAll();
    }
  }

  /** Leaves no worker, whatever it is doing. */
  killAll(): void {
    for (const { worker } of this.#slots.values()) worker.kill('SIGKILL');
  }

  #fork(replaced?: Worker, delayMs?: number): void {
    const worker = fork();
    // That it could not be started is told by its 'exit' as well.
    worker.on('error', () => {});
    this.#slots.set(worker.id, { worker, delayMs, startedAtMs: performance.now(), hasListened: false });
    this.#options.print(startedLine(named(worker), replaced && named(replaced)));
  }

  #serve(): void {
    this.#phase = { state: 'serving', isReady: false };
    for (let i = 1; i < this.#options.workers; i += 1) this.#fork();
  }

  #onListening(worker: Worker, address: Address): void {
    const slot = this.#slots.get(worker.id);
    if (slot) slot.hasListened = true;
    const line = listeningLine(address);
    if (!this.#places.has(line)) this.#options.print(line);
    this.#places.add(line);

    if (this.#phase.state === 'pilot') {
      clearTimeout(this.#phase.timer);
      this.#serve();
    }
    if (this.#phase.state !== 'serving' || this.#phase.isReady) return;
    const ready = [...this.#slots.values()].filter(({ hasListened }) => hasListened).length;
    if (ready < this.#options.workers) return;
    this.#phase = { state: 'serving', isReady: true };
    this.#options.print(readyLine(ready));
  }

  #onListenError(worker: Worker, error: ListenError): void {
    // The program may try another address: whether the first worker failed shows when it ends, or when its time is over.
    if (this.#phase.state === 'pilot') this.#phase = { ...this.#phase, bindError: error };
    else this.#options.printError(`worker ${worker.id} ${listenErrorLine(error)}`);
  }

  #onPilotTime(): void {
    if (this.#phase.state !== 'pilot') return;
    const { bindError } = this.#phase;
    if (!bindError) {
      this.#serve();
      return;
    }
    this.#options.printError(listenErrorLine(bindError));
    this.#stopAll(1, 'SIGTERM');
  }

  #onExit(worker: Worker): void {
    const slot = this.#slots.get(worker.id);
    const reason = worker.endReason;
    if (!slot || !reason) return;
    this.#slots.delete(worker.id);
    switch (this.#phase.state) {
      case 'pilot':
        clearTimeout(this.#phase.timer);
        this.#onPilotExit(reason, this.#phase.bindError);
        return;
      case 'serving':
        this.#onWorkerExit(slot, reason);
        return;
      case 'stopping':
        this.#options.print(endedLine(named(worker), reason, 'stopping'));
        this.#finishIfNoneLeft();
        return;
      case 'ended':
        return;
      default:
        this.#phase satisfies never;
    }
  }

  #onPilotExit(reason: EndReason, bindError: ListenError | undefined): void {
    const { file, print, printError } = this.#options;
    const isDone = !bindError && isDoneBy(reason);
    if (bindError) printError(listenErrorLine(bindError));
    else if (isDone) print(donePilotLine(file));
    else printError(failedPilotLine(file, reason));
    this.#finish(isDone ? 0 : 1);
  }

  #onWorkerExit({ worker, hasListened, startedAtMs, delayMs }: Slot, reason: EndReason): void {
    if (!hasListened && isDoneBy(reason)) {
      this.#options.print(endedLine(named(worker), reason, 'done'));
      if (this.#slots.size === 0 && this.#restarts.size === 0) this.#finish(0);
      return;
    }
    const nextDelayMs = restartDelay(delayMs, performance.now() - startedAtMs);
    this.#options.print(endedLine(named(worker), reason, { delayMs: nextDelayMs }));
    if (nextDelayMs === 0) {
      // At once: while a successor exists, the cluster goes on accepting connections.
      this.#fork(worker, nextDelayMs);
      return;
    }
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      this.#fork(worker, nextDelayMs);
    }, nextDelayMs);
    this.#restarts.add(timer);
  }

  #stopAll(exitCode: number, signal: NodeJS.Signals): void {
    if (this.#phase.state === 'pilot') clearTimeout(this.#phase.timer);
    for (const timer of this.#restarts) clearTimeout(timer);
    this.#restarts.clear();
    this.#phase = {
      state: 'stopping',
      exitCode,
      sinceMs: performance.now(),
      timer: setTimeout(() => this.#onGraceOver(), GRACE_MS),
    };
    for (const { worker } of this.#slots.values()) {
      tellToStop(worker, signal);
    }
    this.#finishIfNoneLeft();
  }

  #onGraceOver(): void {
    this.#options.print(graceOverLine(this.#slots.size, GRACE_MS));
    this.killAll();
  }

  #finishIfNoneLeft(): void {
    if (this.#phase.state !== 'stopping' || this.#slots.size > 0) return;
    clearTimeout(this.#phase.timer);
    this.#finish(this.#phase.exitCode);
  }

  #finish(exitCode: number): void {
    this.#phase = { state: 'ended' };
    this.#end(exitCode);
  }
}

/** The worker finishes its connections and then ends of the signal, or does what its program does about it. */
function tellToStop(worker: Worker, signal: NodeJS.Signals): void {
  // On Windows a signal that is sent is never heard: it ends the process.
  if (process.platform === 'win32') worker.disconnect();
  // To many programs SIGHUP, here of a terminal that closes, is no wish to end.
  else worker.process.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
}

function isDoneBy(reason: EndReason): boolean {
  return reason.kind === 'exit' && reason.code === 0;
}

function named({ id, process: { pid } }: Worker): Named {
  return { id, pid };
}
