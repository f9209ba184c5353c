import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import type { SupervisorEvent, SupervisorStatus } from '../../src/index.ts';
import { Diaries } from './chaos/diaries.ts';
import type { Deed } from './chaos/diaries.ts';
import { Load, until } from '../support/load.ts';
import type { LoadOptions } from '../support/load.ts';
import { inRoot } from '../support/paths.ts';
import { Program, startProgram } from '../support/program.ts';
import type { Outcome, Scope } from '../support/program.ts';

const { freePorts } = createRequire(import.meta.url)(inRoot('test/support/free-ports.cjs')) as {
  freePorts: (count: number) => Promise<number>;
};

const MAIN = inRoot('dist/cli.cjs');
const SERVER = inRoot('test/production/programs/server.mjs');

/** What the server does when it starts. */
export type Version = 'serves' | 'never listens' | 'dies' | 'answers late' | 'answers 500';

export interface StartOptions {
  readonly workers: number;
  readonly flags?: readonly string[];
  /** Default: `'serves'`. */
  readonly version?: Version;
  readonly env?: Readonly<Record<string, string>>;
  /** What the config file says. Default: there is none. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Arguments for the Node that supervises. */
  readonly execArgv?: readonly string[];
  /** How long it may run. Default: 120,000. */
  readonly timeoutMs?: number;
}

/** `grappolo start` as an operator has it: known by what it prints, and by what other commands say of it. */
export class Running {
  readonly program: Program;
  readonly port: number;
  /** Where all that it writes is. */
  readonly folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #events: SupervisorEvent[] = [];
  /** How much of its output that is. */
  #read = 0;

  private constructor(
    t: Scope,
    port: number,
    {
      workers,
      flags = [],
      version = 'serves',
      env,
      config,
      execArgv = [],
      timeoutMs = 120_000,
    }: StartOptions,
  ) {
    this.port = port;
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'grappolo-test-'));
    t.after(() => rmSync(this.folder, { recursive: true, force: true }));
    mkdirSync(this.diaryFolder);
    this.#env = {
      ...env,
      DIARY_FOLDER: this.diaryFolder,
      XDG_RUNTIME_DIR: this.folder,
      RELEASE_FILE: this.#releaseFile,
      VERSION_FILE: path.join(this.folder, 'version'),
      PORT: String(port),
    };
    this.deploy(version);
    const configFile = path.join(this.folder, 'config.json');
    if (config) writeFileSync(configFile, JSON.stringify(config));
    const named = config ? ['--config', configFile] : [];
    this.program = startProgram(t, MAIN, {
      cluster: 'node',
      args: ['start', SERVER, '--workers', String(workers), '--log', 'json', ...named, ...flags],
      env: this.#env,
      execArgv,
      timeoutMs,
    });
  }

  /** Starts it without waiting for anything. */
  static async begin(t: Scope, options: StartOptions): Promise<Running> {
    return new Running(t, await freePorts(1), options);
  }

  /** Starts it, and waits until all workers are ready. */
  static async start(t: Scope, options: StartOptions): Promise<Running> {
    const running = await Running.begin(t, options);
    await running.waitFor(({ type }) => type === 'ready');
    return running;
  }

  /** What workers that are started from now on do. */
  deploy(version: Version): void {
    writeFileSync(path.join(this.folder, 'version'), version);
  }

  /** Lets workers answer `/held`. */
  release(): void {
    writeFileSync(this.#releaseFile, '');
  }

  /** Waits until a worker has begun to do what it was asked for by this path. */
  async untilBegun(pathname: string): Promise<Deed> {
    const diaries = new Diaries(this.diaryFolder);
    let found: Deed | undefined;
    await until(`a worker has begun ${pathname}`, () => {
      diaries.update();
      found = diaries.deeds.find(({ deed }) => deed === pathname);
      return found !== undefined;
    });
    assert(found);
    return found;
  }

  load(options: Omit<LoadOptions, 'port'> = {}): Load {
    return new Load({ port: this.port, ...options });
  }

  /** Runs another command against it, such as `reload`. */
  async command(...args: readonly string[]): Promise<Outcome> {
    const program = new Program(MAIN, { cluster: 'node', args, env: this.#env, timeoutMs: 60_000 });
    return program.ended;
  }

  async status(): Promise<SupervisorStatus> {
    const { stdout, stderr } = await this.command('status', '--json');
    assert.notEqual(stdout, '', stderr);
    return JSON.parse(stdout) as SupervisorStatus;
  }

  /** Where its control sockets are. */
  get controlFolder(): string {
    return path.join(this.folder, 'grappolo');
  }

  /** Where each worker keeps a file of what happens to it. */
  get diaryFolder(): string {
    return path.join(this.folder, 'diary');
  }

  /** Everything that it has told so far. */
  events(): readonly SupervisorEvent[] {
    const { stdout } = this.program;
    for (let end = stdout.indexOf('\n', this.#read); end >= 0; end = stdout.indexOf('\n', this.#read)) {
      const { time, ...event } = JSON.parse(stdout.slice(this.#read, end)) as { readonly time: string };
      // What workers print, and what the command itself has to say, comes in the same form.
      this.#events.push({ ...event, atMs: Date.parse(time) } as SupervisorEvent);
      this.#read = end + 1;
    }
    return this.#events;
  }

  async waitFor(is: (event: SupervisorEvent) => boolean, timeoutMs = 30_000): Promise<SupervisorEvent> {
    let found: SupervisorEvent | undefined;
    await until(
      `an event; there were:\n${this.program.stdout}${this.program.stderr}`,
      () => {
        found = this.events().find(is);
        return found !== undefined;
      },
      timeoutMs,
    );
    assert(found);
    return found;
  }

  /** A request whose end does not matter; gives the error, or the text of the answer. */
  async ask(pathname: string, onConnect = (): void => {}): Promise<string> {
    const request = http.get({ port: this.port, path: pathname, agent: false });
    request.once('socket', (socket) => socket.once('connect', onConnect));
    try {
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += String(part);
      return text;
    } catch (error) {
      return String((error as NodeJS.ErrnoException).code);
    }
  }

  /** The processes of all workers that were ever started. */
  pids(): number[] {
    return this.events().flatMap((event) =>
      event.type === 'worker-started' && event.worker.pid !== undefined ? [event.worker.pid] : [],
    );
  }

  get #releaseFile(): string {
    return path.join(this.folder, 'release');
  }

  async isPortFree(): Promise<boolean> {
    const server = net.createServer();
    try {
      await once(server.listen(this.port), 'listening');
      return true;
    } catch {
      return false;
    } finally {
      server.close();
    }
  }

  /**
   * How many descriptors the supervising process has, and its resident memory in MiB. Pages of memory for workers are not
   * counted: there are as many as there ever were workers at once, and they are used again.
   */
  holdings(): { readonly descriptors: number; readonly memoryMb: number } {
    const folder = `/proc/${this.program.pid}/fd`;
    const descriptors = readdirSync(folder).filter((fd) => !isPage(path.join(folder, fd))).length;
    const memoryMb = memoryOf(this.program.pid);
    return { descriptors, memoryMb };
  }
}

function isPage(descriptor: string): boolean {
  try {
    return readlinkSync(descriptor).startsWith('/memfd:');
  } catch {
    return false;
  }
}

function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}
