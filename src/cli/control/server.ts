import net from 'node:net';
import type { Socket } from 'node:net';

import type { SupervisorEvent } from '../../api/supervisor.ts';
import { GrappoloError } from '../../core/errors.ts';
import { exchange } from './exchange.ts';
import { controlFolder, makeSafeFolder, socketFile } from './folder.ts';
import { perform } from './operation.ts';
import type { ReportingSupervisor } from './operation.ts';
import type { ControlLine, ControlRequest } from './protocol.ts';
import { readRequest } from './read-request.ts';
import { listenUnder } from './socket-file.ts';
import type { SocketFile } from './socket-file.ts';

export interface ControlServerOptions {
  /** Has passed `isName()`. */
  readonly name: string;
  /** Called with what was wrong with a request or a client, in one line. What it throws is ignored. */
  readonly onRefused: (reason: string) => void;
  /** Default: `controlFolder()`. It is made where it is missing. */
  readonly folder?: string | undefined;
  /** How long a client has to send its request, in ms. Default: 10,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** How long the holder of the name has to say who it is, in ms. Default: 2000. */
  readonly holderTimeoutMs?: number | undefined;
}

const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CLIENTS = 64;
/** Of them, those that stay to watch: who wants to stop the instance still finds a place. */
const MAX_WATCHING = 32;
/** How much may wait for a client that does not read, beside one line. */
const MAX_UNREAD_BYTES = 1 << 20;
/** How long a client has to read its answer. A report can be long. */
const READING_MS = 10_000;
/** How long a client has to close its side, once it is answered; and how long `close()` waits for clients. */
const PARTING_MS = 1000;
const HOLDER_TIMEOUT_MS = 2000;

/**
 * Takes requests for a supervisor on the control socket of a name. The name is this process's from `open()` to `close()`.
 * It does not keep the process alive.
 */
export class ControlServer implements AsyncDisposable {
  /** The socket's path. */
  readonly file: string;
  readonly #options: ControlServerOptions;
  readonly #server: net.Server;
  /** What is said with each client, and those of them who have not asked yet. */
  readonly #conversations = new Map<Socket, Promise<void>>();
  readonly #silent = new Set<Socket>();
  readonly #watchers = new Set<(event: SupervisorEvent) => void>();
  readonly #onEvent = (event: SupervisorEvent): void => {
    for (const watcher of this.#watchers) watcher(event);
  };
  /** `undefined` where the server is closed first. */
  readonly #supervisor: Promise<ReportingSupervisor | undefined>;
  #setSupervisor: (supervisor: ReportingSupervisor | undefined) => void = () => {};
  /** Those that are told what happens until they leave, and what ends that for each. */
  readonly #watching = new Set<() => void>();
  #socketFile: SocketFile | undefined;
  #closed: Promise<void> | undefined;

  private constructor(file: string, options: ControlServerOptions) {
    this.file = file;
    this.#options = options;
    this.#supervisor = new Promise((resolve) => (this.#setSupervisor = resolve));
    // A client may close its side once it has asked, as `nc` does.
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => this.#onClient(socket));
    this.#server.on('error', (error) => this.#tell(`a client cannot be taken: ${error.message}`));
  }

  /**
   * Takes the name.
   *
   * @throws {GrappoloError} ERR_GRAPPOLO_NAME_TAKEN, ERR_GRAPPOLO_CONTROL_FOLDER, ERR_GRAPPOLO_CONTROL_UNSUPPORTED.
   */
  static async open(options: ControlServerOptions): Promise<ControlServer> {
    const { name, folder = controlFolder(), holderTimeoutMs = HOLDER_TIMEOUT_MS } = options;
    const file = socketFile(folder, name);
    makeSafeFolder(folder);
    const control = new ControlServer(file, options);
    try {
      control.#socketFile = await listenUnder(control.#server, folder, name);
      if (!control.#socketFile) throw await nameTaken(name, file, holderTimeoutMs);
    } catch (error) {
      await control.close();
      throw error instanceof GrappoloError ? error : cannotListen(file, error);
    }
    control.#server.unref();
    return control;
  }

  /** Answers what was asked since `open()`, and what will be. */
  serve(supervisor: ReportingSupervisor): void {
    supervisor.on('event', this.#onEvent);
    this.#setSupervisor(supervisor);
  }

  /**
   * Gives up the name, at once, and closes all connections, after the answers to what is done: to be awaited before the
   * process exits. An operation that is under way goes on; who waits for it has a second.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#socketFile?.remove();
    this.#server.close();
    this.#setSupervisor(undefined);
    for (const socket of this.#silent) socket.destroy();
    for (const end of this.#watching) end();
    await withinMs(PARTING_MS, Promise.all(this.#conversations.values()));
    for (const socket of this.#conversations.keys()) socket.destroy();
    (await this.#supervisor)?.off('event', this.#onEvent);
  }

  #onClient(socket: Socket): void {
    // Whatever goes wrong with a connection ends it.
    socket.on('error', () => {}).unref();
    if (this.#conversations.size >= MAX_CLIENTS) {
      this.#refuse(socket, `there are ${MAX_CLIENTS} clients already`);
      socket.destroySoon();
      return;
    }
    const conversation = this.#converse(socket).finally(() => this.#conversations.delete(socket));
    this.#conversations.set(socket, conversation);
  }

  async #converse(socket: Socket): Promise<void> {
    this.#silent.add(socket);
    const reading = await readRequest(socket, this.#options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS);
    this.#silent.delete(socket);
    switch (reading.kind) {
      case 'gone':
        break;
      case 'refused':
        this.#refuse(socket, reading.reason);
        break;
      case 'request':
        await this.#answer(socket, reading.request);
        break;
      default:
        reading satisfies never;
    }
    await part(socket);
  }

  async #answer(socket: Socket, request: ControlRequest): Promise<void> {
    const supervisor = await this.#supervisor;
    if (!supervisor) return;
    const onEvent = (event: SupervisorEvent): void => this.#send(socket, { type: 'event', event });
    if (request.command === 'watch') {
      await this.#show(socket, onEvent);
      return;
    }
    const watch = (listener: (event: SupervisorEvent) => void): (() => void) => this.#watch(listener);
    this.#send(socket, await perform(supervisor, request, watch, onEvent));
  }

  /** Tells a client what happens until it leaves, or the name is given up. */
  async #show(socket: Socket, onEvent: (event: SupervisorEvent) => void): Promise<void> {
    if (this.#watching.size >= MAX_WATCHING) {
      this.#refuse(socket, `there are ${MAX_WATCHING} clients that watch already`);
      return;
    }
    // It has left before it was shown anything.
    if (socket.readableEnded || socket.destroyed || this.#closed) return;
    const unwatch = this.#watch(onEvent);
    await new Promise<void>((resolve) => {
      const end = (): void => {
        this.#watching.delete(end);
        resolve();
      };
      this.#watching.add(end);
      // A client that has died looks like one that has closed its side only.
      socket.once('end', end).once('close', end).resume();
    });
    unwatch();
  }

  #watch(listener: (event: SupervisorEvent) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  #refuse(socket: Socket, reason: string): void {
    this.#tell(reason);
    const message = `The request is refused: ${reason}`;
    this.#send(socket, { type: 'failed', code: 'ERR_GRAPPOLO_CONTROL_REFUSED', message });
  }

  #send(socket: Socket, line: ControlLine): void {
    if (!socket.writable) return;
    if (socket.writableLength <= MAX_UNREAD_BYTES) {
      socket.write(`${JSON.stringify(line)}\n`);
      return;
    }
    this.#tell('a client does not read what it is told');
    socket.destroy();
  }

  #tell(reason: string): void {
    try {
      this.#options.onRefused(reason);
    } catch {
      // What is wrong with the log must not end the supervisor.
    }
  }
}

/** Ends a connection when all that was said on it has left, and leaves the client a moment to close its side. */
async function part(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const finished = new Promise<void>((resolve) => socket.end(resolve));
  // What it still sends is not wanted; but a socket that is closed before it was read is reset.
  socket.resume();
  await withinMs(READING_MS, Promise.race([finished, closed]));
  await withinMs(PARTING_MS, closed);
  socket.destroy();
}

async function withinMs(ms: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([done, over]);
  clearTimeout(timer);
}

async function nameTaken(name: string, file: string, timeoutMs: number): Promise<GrappoloError> {
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await exchange(file, { command: 'status' }, { signal }).catch(() => undefined);
  const holder = answer?.type === 'done' ? answer.status : undefined;
  const since = holder && new Date(Date.now() - holder.uptimeMs).toISOString().replace(/\.\d+/, '');
  return new GrappoloError(
    'ERR_GRAPPOLO_NAME_TAKEN',
    `Cannot start as "${name}": ` +
      (holder
        ? `process ${holder.pid} has been running under this name since ${since}`
        : `a process that does not say who it is holds ${file}`) +
      '. Stop it, or choose another name with --name',
  );
}

function cannotListen(file: string, cause: unknown): GrappoloError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new GrappoloError('ERR_GRAPPOLO_CONTROL_FOLDER', `Cannot listen on ${file}: ${why}`, { cause });
}
