import type { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import path from 'node:path';

import { hasTerminal } from './terminal.ts';

/** What signals ask of the command. */
export interface SignalDeeds {
  /** To end, gracefully. */
  readonly stop: (signal: NodeJS.Signals) => void;
  /** To end at once, with this exit code. */
  readonly force: (exitCode: number, signal: NodeJS.Signals) => void;
  readonly reload: () => void;
  /** To have one worker more, or one less. */
  readonly scaleBy: (count: 1 | -1) => void;
}

/** What the process is told by; tests give others. */
export interface SignalFacts {
  readonly source: EventEmitter;
  readonly env: NodeJS.ProcessEnv;
  readonly hasTerminal: () => boolean;
  readonly nowMs: () => number;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
}

/** A signal that comes again this soon is the same one on another way: npm passes on what the terminal sent to all. */
const SAME_SIGNAL_MS = 500;

const FACTS: SignalFacts = {
  source: process,
  env: process.env,
  hasTerminal,
  nowMs: () => performance.now(),
  exit: (code) => process.exit(code),
};

/**
 * Has signals do what they do to servers: TERM and INT end, HUP reloads, TTIN and TTOU add and take a worker.
 *
 * It hears them from the first moment on, since process 1 of a container is not ended by what it does not hear, and keeps a wish to end
 * until somebody obeys; a second one ends a command that obeys nobody yet. All else says nothing of workers that are about to start.
 */
export class Signals {
  /** Fulfilled by the first wish to end. */
  readonly stopped: Promise<'stopped'>;
  readonly #facts: SignalFacts;
  readonly #hadTerminal: boolean;
  /** When the terminal has closed, of which nobody under nohup is to hear. */
  #hungUpAtMs: number | undefined;
  #onStopped: (stopped: 'stopped') => void = () => {};
  #deeds: SignalDeeds | undefined;
  #stop: { readonly signal: NodeJS.Signals; readonly atMs: number } | undefined;

  constructor(facts: SignalFacts = FACTS) {
    this.#facts = facts;
    this.#hadTerminal = facts.hasTerminal();
    this.stopped = new Promise((resolve) => (this.#onStopped = resolve));
    const { source } = facts;
    source.on('SIGTERM', () => this.#end('SIGTERM'));
    source.on('SIGINT', () => this.#end('SIGINT'));
    source.on('SIGHUP', () => this.#hangUp());
    if (process.platform === 'win32') return;
    source.on('SIGTTIN', () => this.#deeds?.scaleBy(1));
    source.on('SIGTTOU', () => this.#deeds?.scaleBy(-1));
  }

  get isStopped(): boolean {
    return this.#stop !== undefined;
  }

  obey(deeds: SignalDeeds): void {
    this.#deeds = deeds;
    if (this.#stop) deeds.stop(this.#stop.signal);
  }

  #end(signal: NodeJS.Signals): void {
    const atMs = this.#facts.nowMs();
    if (!this.#stop) {
      this.#stop = { signal, atMs };
      this.#onStopped('stopped');
      this.#deeds?.stop(signal);
    } else if (atMs - this.#stop.atMs >= SAME_SIGNAL_MS) {
      const code = 128 + constants.signals[signal];
      if (this.#deeds) this.#deeds.force(code, signal);
      else this.#facts.exit(code);
    }
  }

  /** A terminal that closes says the same as an operator who wants a reload, and some say it twice. */
  #hangUp(): void {
    const hasClosed = this.#hadTerminal && !this.#facts.hasTerminal();
    if (hasClosed && !isUnderNohup(this.#facts.env)) {
      this.#end('SIGHUP');
      return;
    }
    const nowMs = this.#facts.nowMs();
    if (hasClosed) this.#hungUpAtMs ??= nowMs;
    if (this.#hungUpAtMs === undefined || nowMs - this.#hungUpAtMs >= SAME_SIGNAL_MS) this.#deeds?.reload();
  }
}

/** Node undoes what nohup does, before anybody could see it. But shells say in `_` which command they have started. */
function isUnderNohup(env: NodeJS.ProcessEnv): boolean {
  return path.basename(env['_'] ?? '') === 'nohup';
}
