import type { Worker } from '../api/worker.ts';
import { own } from '../own.ts';
import type { DrainTerms, WorkerMessage } from '../protocol/messages.ts';
import { debug } from '../system/debug.ts';
import type { GiveUp } from './hand-over.ts';
import type { Listenable } from './listening.ts';

// oxlint-disable-next-line typescript/unbound-method -- called with its process below
const { disconnect } = process;

/** What a worker whose primary died in the middle of its departure may still use to end its connections. */
const ORPHAN_GRACE_MS = 1000;
/** When a primary dies its channels close first, and only then is it no process's parent any more: by far later than that. */
const PARENT_GONE_WITHIN_MS = 1000;
const PARENT_LOOK_MS = 2;

export interface DepartureOptions {
  readonly worker: Worker;
  readonly send: (message: WorkerMessage, onSent?: () => void) => void;
  /** All that listens in this process. */
  readonly targets: () => Listenable[];
  /** Servers that the program has closed itself, and whose connections have not ended. */
  readonly closing: () => Listenable[];
  /** Whether one of those accepts by itself. */
  readonly accepts: (target: Listenable) => boolean;
  /** How to give up connections of a server that listens through the primary; `undefined` for any other. */
  readonly giveUpFrom: (server: Listenable) => GiveUp | undefined;
  /** Keeps what does not listen yet from doing so. */
  readonly endListening: () => void;
  /** Calls back when the channel has closed, before the program hears of it. */
  readonly onceClosed: (callback: () => void) => void;
  /** Refuses all connections that still come. */
  readonly refuseAll: () => void;
  /** Called when all that this worker had to do is done, and what it says still reaches the primary. */
  readonly onLast: () => void;
}

type Stage =
  | 'staying'
  /** Servers are closing, and their connections end. */
  | 'closing'
  /** The same, in their own time. */
  | 'draining'
  /** The primary was asked whether the channel may be closed. */
  | 'asking'
  | 'gone';

/** How this worker leaves: by being disconnected, killed from within, or because its primary is gone. */
export class Departure {
  readonly #options: DepartureOptions;
  readonly #worker: Worker;
  readonly #send: DepartureOptions['send'];
  readonly #primaryPid = process.ppid;
  #stage: Stage = 'staying';
  #sinceMs: number | undefined;
  #isKilled = false;
  #isOrphan = false;
  #isClosed = false;
  #endDrain: (() => void) | undefined;
  #onDrained: (() => void) | undefined;
  #onGone: (() => void) | undefined;

  constructor(options: DepartureOptions) {
    this.#options = options;
    this.#worker = options.worker;
    this.#send = options.send;
    options.onceClosed(() => this.#onChannelClosed());
  }

  /** Since when this worker leaves, by `performance.now()`; `undefined` while it stays. */
  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  /** Calls back when a drain is over, and the channel is still open. */
  whenDrained(callback: () => void): void {
    this.#onDrained = callback;
  }

  /** Calls back when the channel closes, before anybody else hears of it; maybe twice. */
  whenGone(callback: () => void): void {
    this.#onGone = callback;
  }

  /** Closes all servers, waits until their connections ended, and asks the primary to let this worker go. */
  disconnect(): void {
    if (!this.#begin('closing')) return;
    const targets = this.#options.targets();
    this.#options.endListening();
    closeAll(targets, () => this.#onClosed());
  }

  /** The same, without cutting anybody off. `handsOver`: other workers go on with its idle connections. */
  drain(terms: DrainTerms, handsOver = false): void {
    if (this.#begin('draining')) void this.#drain(terms, handsOver);
  }

  /** Disconnects without waiting for anything, and exits with 0. */
  kill(): void {
    this.#worker.exitedAfterDisconnect = true;
    if (!process.connected) process.exit(0);
    this.#isKilled = true;
    this.#options.endListening();
    this.#options.refuseAll();
    this.#send({ act: 'exitedAfterDisconnect' });
    this.#askToGo();
  }

  /** The primary's answer, behind its last connection. What was said of those must have left when the channel closes. */
  goodbye(): void {
    if (this.#stage !== 'asking') return;
    this.#stage = 'gone';
    this.#send({ act: 'gone' }, () => {
      if (!process.connected) return;
      // Before the primary can hear of it, and send a signal of which nothing would come.
      this.#onGone?.();
      disconnect.call(process);
    });
  }

  #begin(stage: 'closing' | 'draining'): boolean {
    if (this.#stage !== 'staying') return false;
    this.#stage = stage;
    this.#sinceMs = own.now();
    this.#worker.exitedAfterDisconnect = true;
    // What the program waits for may keep nothing running.
    process.channel?.ref();
    this.#send({ act: 'exitedAfterDisconnect' });
    return true;
  }

  async #drain(terms: DrainTerms, handsOver: boolean): Promise<void> {
    const { worker, accepts } = this.#options;
    const giveUpFrom = handsOver ? this.#options.giveUpFrom : undefined;
    const onDone = (): void => this.#onClosed();
    this.#options.endListening();
    const loaded = await loadDrain();
    const targets = [...new Set([...this.#options.targets(), ...this.#options.closing()])];
    if (loaded) this.#endDrain = loaded.drain({ worker, terms, targets, accepts, giveUpFrom, onDone });
    else closeAll(targets, onDone);
  }

  /** All servers are closed, and their connections ended. */
  #onClosed(): void {
    this.#isClosed = true;
    if (this.#isOrphan) process.exit(0);
    try {
      if (this.#stage === 'draining') this.#onDrained?.();
    } finally {
      this.#askToGo();
    }
  }

  #askToGo(): void {
    if (this.#stage === 'asking' || this.#stage === 'gone') return;
    this.#stage = 'asking';
    // A program may have unreferenced it, and would end before the answer.
    process.channel?.ref();
    this.#options.onLast();
    this.#send({ act: 'disconnect' });
  }

  #onChannelClosed(): void {
    const stage = this.#stage;
    this.#stage = 'gone';
    this.#options.endListening();
    this.#worker.state = 'disconnected';
    // A program may set exitedAfterDisconnect by itself, to live on.
    const isAbrupt = stage === 'staying' && !this.#worker.exitedAfterDisconnect;
    // Later as well, for where a listener throws and the program handles that.
    if (this.#isKilled || isAbrupt) own.nextTick(() => process.exit(0));
    else if (stage !== 'staying' && stage !== 'gone') {
      const untilMs = own.now() + PARENT_GONE_WITHIN_MS;
      own.nextTick(() => this.#onceOrphan(untilMs, () => this.#leaveAsOrphan()));
    }
    this.#onGone?.();
    this.#worker.emit('disconnect');
    // At once: what the program does when its channel closes must not decide how the worker exits.
    if (isAbrupt) process.exit(0);
  }

  /** Somebody may have closed the channel of a worker that was leaving: as long as its primary lives, so may the worker. */
  #onceOrphan(untilMs: number, deed: () => void): void {
    // On Windows a process keeps the number of its parent.
    if (process.platform === 'win32' || process.ppid !== this.#primaryPid) deed();
    else if (own.now() < untilMs)
      own.setTimeout(() => this.#onceOrphan(untilMs, deed), PARENT_LOOK_MS).unref();
  }

  #leaveAsOrphan(): void {
    if (this.#isClosed) process.exit(0);
    this.#isOrphan = true;
    own.setTimeout(() => process.exit(0), ORPHAN_GRACE_MS).unref();
    this.#endDrain?.();
  }
}

/** What draining takes: not read at the start, which it would slow. `undefined` where its file is gone. */
export async function loadDrain(): Promise<typeof import('./drain.ts') | undefined> {
  try {
    return await import('./drain.ts');
  } catch (error) {
    debug('what draining takes cannot be loaded: %s', (error as Error).message);
    return undefined;
  }
}

/** Closes servers and sockets; calls back, later, when all are closed. */
function closeAll(targets: readonly Listenable[], onClosed: () => void): void {
  let open = targets.length;
  if (open === 0) {
    own.nextTick(onClosed);
    return;
  }
  for (const target of targets) {
    close(target, () => {
      open -= 1;
      if (open === 0) onClosed();
    });
  }
}

function close(target: Listenable, onClosed: () => void): void {
  try {
    target.close(() => onClosed());
  } catch {
    // A dgram socket that was closed already says so by an exception.
    own.nextTick(onClosed);
  }
}
