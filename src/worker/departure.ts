import type { Worker } from '../api/worker.ts';
import type { WorkerMessage } from '../protocol/messages.ts';
import type { Listenable } from './listening.ts';

/** What a worker whose primary died in the middle of its departure may still use to end its connections. */
const ORPHAN_GRACE_MS = 1000;

export interface DepartureOptions {
  readonly worker: Worker;
  readonly send: (message: WorkerMessage, onSent?: () => void) => void;
  /** All that listens in this process. */
  readonly targets: () => Listenable[];
  /** Refuses all connections that still come. */
  readonly refuseAll: () => void;
}

type Stage =
  | 'staying'
  /** Servers are closing, and their connections end. */
  | 'closing'
  /** The primary was asked whether the channel may be closed. */
  | 'asking'
  | 'gone';

/** How this worker leaves: by being disconnected, killed from within, or because its primary is gone. */
export class Departure {
  readonly #worker: Worker;
  readonly #send: DepartureOptions['send'];
  readonly #targets: () => Listenable[];
  readonly #refuseAll: () => void;
  #stage: Stage = 'staying';
  #isKilled = false;

  constructor({ worker, send, targets, refuseAll }: DepartureOptions) {
    this.#worker = worker;
    this.#send = send;
    this.#targets = targets;
    this.#refuseAll = refuseAll;
    process.once('disconnect', () => this.#onChannelClosed());
  }

  /** Closes all servers, waits until their connections ended, and asks the primary to let this worker go. */
  disconnect(): void {
    if (this.#stage !== 'staying') return;
    this.#stage = 'closing';
    this.#worker.exitedAfterDisconnect = true;
    this.#send({ act: 'exitedAfterDisconnect' });
    closeAll(this.#targets(), () => this.#askToGo());
  }

  /** Disconnects without waiting for anything, and exits with 0. */
  kill(): void {
    this.#worker.exitedAfterDisconnect = true;
    if (!process.connected) process.exit(0);
    this.#isKilled = true;
    this.#refuseAll();
    this.#send({ act: 'exitedAfterDisconnect' });
    this.#askToGo();
  }

  /** The primary's answer, behind its last connection. What was said of those must have left when the channel closes. */
  goodbye(): void {
    if (this.#stage !== 'asking') return;
    this.#stage = 'gone';
    this.#send({ act: 'gone' }, () => {
      if (process.connected) process.disconnect();
    });
  }

  #askToGo(): void {
    if (this.#stage === 'asking' || this.#stage === 'gone') return;
    this.#stage = 'asking';
    // A program may have unreferenced it, and would end before the answer.
    process.channel?.ref();
    this.#send({ act: 'disconnect' });
  }

  #onChannelClosed(): void {
    const stage = this.#stage;
    this.#stage = 'gone';
    this.#worker.state = 'disconnected';
    // A program may set exitedAfterDisconnect by itself, to live on.
    const isAbrupt = stage === 'staying' && !this.#worker.exitedAfterDisconnect;
    // Later as well, for where a listener throws and the program handles that.
    if (this.#isKilled || isAbrupt) process.nextTick(() => process.exit(0));
    else if (stage === 'closing' || stage === 'asking') {
      closeAll(this.#targets(), () => process.exit(0), ORPHAN_GRACE_MS);
    }
    this.#worker.emit('disconnect');
    // At once: what the program does when its channel closes must not decide how the worker exits.
    if (isAbrupt) process.exit(0);
  }
}

/** Closes servers and sockets; calls back when all are closed, or after `graceMs`. */
function closeAll(targets: readonly Listenable[], onClosed: () => void, graceMs?: number): void {
  let open = targets.length;
  let isDone = false;
  const done = (): void => {
    if (isDone) return;
    isDone = true;
    onClosed();
  };
  if (open === 0) {
    process.nextTick(done);
    return;
  }
  if (graceMs !== undefined) setTimeout(done, graceMs).unref();
  for (const target of targets) {
    close(target, () => {
      open -= 1;
      if (open === 0) done();
    });
  }
}

function close(target: Listenable, onClosed: () => void): void {
  try {
    target.close(() => onClosed());
  } catch {
    // A dgram socket that was closed already says so by an exception.
    process.nextTick(onClosed);
  }
}
