import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

import type { OpsOptions, SupervisorEvent } from '../api/supervisor.ts';
import { GrappoloError } from '../core/errors.ts';
import type { GrappoloErrorCode } from '../core/errors.ts';
import { plainJson } from '../core/plain-json.ts';
import type { PlainData } from '../core/plain-json.ts';
import { own } from '../own.ts';
import type { FromOps, ToOps } from '../ops/channel.ts';
import type { Deed } from '../ops/instance.ts';
import { debug } from '../system/debug.ts';
import { packageFile } from '../system/package-files.ts';
import { perform } from './perform.ts';
import type { PoolSupervisor } from './pool-supervisor.ts';

/** The waits before a process that has ended is started again; the last is repeated. */
const RESTART_DELAYS_MS: readonly number[] = [100, 1000, 5000, 30_000];
/** One that has lived this long was well. */
const STABLE_MS = 10_000;
/** How many messages may wait for a process that does not read. Then events are not told. */
const MAX_UNREAD = 1000;

/**
 * The process beside a primary that has the operations address: a slow browser, or many who ask, cost the primary nothing. When it
 * ends it is started again; nobody else is harmed. It does not keep the primary running.
 */
export class OpsProcess {
  readonly #options: OpsOptions;
  #url = '';
  #child: ChildProcess | undefined;
  #supervisor: PoolSupervisor | undefined;
  /** What was asked before there was a supervisor. */
  readonly #early: (() => void)[] = [];
  #restart: NodeJS.Timeout | undefined;
  #failures = 0;
  #unread = 0;
  #isClosed = false;
  readonly #onEvent = (event: SupervisorEvent): void => {
    if (this.#unread < MAX_UNREAD) this.#say({ type: 'event', event });
  };

  private constructor(options: OpsOptions) {
    this.#options = options;
  }

  /**
   * Starts the process; fulfilled when it listens.
   *
   * @throws {GrappoloError} ERR_GRAPPOLO_OPS_ADDRESS, ERR_GRAPPOLO_OPS_TOKEN, ERR_GRAPPOLO_FILES_MISSING.
   */
  static async open(options: OpsOptions): Promise<OpsProcess> {
    const ops = new OpsProcess(options);
    await ops.#start();
    return ops;
  }

  /** Answers what it asks, until the supervisor has ended. */
  serve(supervisor: PoolSupervisor): void {
    this.#supervisor = supervisor;
    supervisor.on('event', this.#onEvent);
    supervisor.tell({ type: 'ops-up', url: this.#url });
    for (const ask of this.#early.splice(0)) ask();
    void supervisor.closed.then(() => this.close());
  }

  close(): void {
    this.#isClosed = true;
    own.clearTimeout(this.#restart);
    this.#supervisor?.off('event', this.#onEvent);
    // It ends when its channel does.
    if (this.#child?.connected === true) this.#child.disconnect();
  }

  /** Fulfilled when it listens; rejected where it ends before. */
  #start(): Promise<void> {
    const sinceMs = own.now();
    return new Promise((resolve, reject) => {
      let reason: Error | undefined;
      let isListening = false;
      const child = fork(packageFile('ops.cjs'), {
        execArgv: [],
        env: opsEnvironment(),
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      this.#child = child;
      this.#unread = 0;
      child.on('message', (message: FromOps) => {
        if (message.type === 'listening') {
          isListening = true;
          this.#url = message.url;
          resolve();
        } else if (message.type === 'failed') {
          reason = new GrappoloError(message.code as GrappoloErrorCode, message.message);
        } else this.#hear(message);
      });
      child.on('error', (error) => (reason ??= error));
      child.once('close', (code, signal) => {
        this.#child = undefined;
        reason ??= new Error(`its process ended ${signal ? `by ${signal}` : `with ${code}`}`);
        reject(reason);
        if (own.now() - sinceMs >= STABLE_MS) this.#failures = 0;
        if (isListening) this.#startLater(reason);
      });
      this.#say({ type: 'open', options: this.#options });
    });
  }

  #startLater({ message }: Error): void {
    if (this.#isClosed) return;
    const delayMs = RESTART_DELAYS_MS[this.#failures] ?? RESTART_DELAYS_MS.at(-1) ?? 0;
    this.#failures += 1;
    this.#supervisor?.tell({ type: 'ops-down', message, restartInMs: delayMs });
    this.#restart = own
      .setTimeout(() => {
        this.#start().then(
          () => this.#supervisor?.tell({ type: 'ops-up', url: this.#url }),
          (error: Error) => this.#startLater(error),
        );
      }, delayMs)
      .unref();
  }

  #hear(message: Exclude<FromOps, { type: 'listening' | 'failed' }>): void {
    switch (message.type) {
      case 'trouble':
        debug('the operations address: %s', message.message);
        return;
      case 'ask-report':
        this.#ask(async (supervisor) => this.#report(supervisor, message.seq, message.isWhole));
        return;
      case 'ask-fleet':
        this.#ask(async (supervisor) => this.#fleet(supervisor, message.seq));
        return;
      case 'ask-deed':
        this.#ask(async (supervisor) => this.#perform(supervisor, message.seq, message.deed));
        return;
      default:
        message satisfies never;
    }
  }

  #ask(question: (supervisor: PoolSupervisor) => Promise<void>): void {
    if (this.#supervisor)
      question(this.#supervisor).catch((error: Error) => debug('no answer: %s', error.message));
    else this.#early.push(() => this.#ask(question));
  }

  async #report(supervisor: PoolSupervisor, ack: number, isWhole: boolean): Promise<void> {
    this.#say({ type: 'report', ack, report: await supervisor.report(isWhole) });
  }

  async #fleet(supervisor: PoolSupervisor, ack: number): Promise<void> {
    this.#say({ type: 'fleet', ack, fleet: await supervisor.fleet() });
  }

  async #perform(supervisor: PoolSupervisor, ack: number, deed: Deed): Promise<void> {
    this.#say({ type: 'verdict', ack, verdict: await perform(supervisor, deed) });
  }

  /** Whatever `toJSON` the program has put on the prototypes of objects and arrays. */
  #say(message: ToOps): void {
    if (this.#child?.connected !== true) return;
    this.#unread += 1;
    this.#child.send(plainJson(message as unknown as PlainData), () => (this.#unread -= 1));
  }
}

/** Its own code only: what NODE_OPTIONS preload is for the program. */
function opsEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...rest } = process.env;
  return { ...rest, NODE_V8_COVERAGE: undefined };
}
