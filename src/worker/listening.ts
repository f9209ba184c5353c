import type dgram from 'node:dgram';
import net from 'node:net';
import path from 'node:path';

import { addressKey, ListenerIndexes } from '../core/listener-index.ts';
import { bare, own } from '../own.ts';
import { parseQuery } from '../protocol/messages.ts';
import type { Address, ListenQuery, PrimaryMessage, WorkerMessage } from '../protocol/messages.ts';
import { debug } from '../system/debug.ts';
import { errnoOf, openConnections } from '../system/node-internals.ts';
import type { RawHandle } from '../system/node-internals.ts';
import type { LoadMeter } from './load-meter.ts';
import { countConnections, limitConnections } from './connection-limit.ts';
import { Borrowed } from './borrowed.ts';
import { ExactHandle } from './exact-handle.ts';
import { Intake } from './intake.ts';
import { keepAlive } from './keep-alive.ts';
import type { Offer } from './offer.ts';
import { readTicketKeys, writeTicketKeys } from './ticket-keys.ts';

/** A net server or dgram socket that is to listen. */
export type Listenable = net.Server | dgram.Socket;

/** What net and dgram tell about what they want to listen on. */
export interface AskedFor extends Pick<ListenQuery, 'address' | 'fd' | 'flags'> {
  /** `null` for a descriptor, which is what it is. */
  readonly addressType: ListenQuery['addressType'] | null;
  /** What the program gave, which may be anything for a UDP socket. */
  readonly port: number | null;
  readonly backlog?: unknown;
  readonly readableAll?: unknown;
  readonly writableAll?: unknown;
}

export type ListenReply = (errno: number, handle: RawHandle) => void;

/** What net is given beside an error: of a server that was closed meanwhile it closes the handle, whatever else there is. */
const NO_HANDLE: RawHandle = { close: () => {}, ref: () => {}, unref: () => {} };

type ListenAnswer = Extract<PrimaryMessage, { act: 'listening-on' }>;

type Picked = Omit<ListenQuery, 'index' | 'ticketKeys'>;

interface Asked {
  readonly target: Listenable;
  readonly picked: Picked;
  readonly key: string;
  readonly reply: ListenReply;
  /** A process that is about to listen goes on, even when its channel does not keep it. */
  readonly alive: NodeJS.Timeout;
  /** Tells the primary that it listens. */
  readonly announce: () => void;
  /** Of those with this key; 0 until the primary is asked. */
  index: number;
}

/** Asks the primary for addresses on behalf of this process's servers and sockets, and keeps what it was given. */
export class Listening {
  readonly #send: (message: WorkerMessage) => void;
  readonly #announce: (address: Address) => void;
  readonly #load: LoadMeter;
  readonly #indexes = new ListenerIndexes();
  readonly #asked = new Map<number, Asked>();
  /**
   * By key, as long as one is asked for: those that are asked for when that has its answer. It may be closed by then, and the next one is to
   * have its place.
   */
  readonly #held = new Map<string, Asked[]>();
  readonly #intakes = new Map<number, Intake>();
  /** Listeners that are not known here yet, or no more, and for which a connection came: the answer may come behind it. */
  readonly #unknown = new Set<number>();
  readonly #targets = new Map<RawHandle, Listenable>();
  /** Of each target, the listener that it was given last. */
  readonly #listeners = new WeakMap<Listenable, number>();
  /** Servers that the program has closed itself, and whose connections have not ended. */
  readonly #closing = new Set<net.Server>();
  readonly #borrowed = new Borrowed();
  #lastSeq = 0;
  #isEnding = false;

  constructor(send: (message: WorkerMessage) => void, announce: (address: Address) => void, load: LoadMeter) {
    this.#send = send;
    this.#announce = announce;
    this.#load = load;
  }

  /** Whether this server or socket listens through the primary, or is about to. */
  has(target: Listenable): boolean {
    return this.targets().includes(target);
  }

  /** All that listens through the primary, and all that has asked to. */
  targets(): Listenable[] {
    return [...new Set([...this.#unanswered().map(({ target }) => target), ...this.#targets.values()])];
  }

  /** Servers that have listened through the primary and do so no more, of which connections are left. */
  closing(): Listenable[] {
    return [...this.#closing];
  }

  /** Where a server listens through the primary; `undefined` where it does not. */
  listenerOf(target: Listenable): number | undefined {
    return this.#listeners.get(target);
  }

  /** Whether a server accepts on a socket of its own or one that it shares; else the primary accepts for it. */
  accepts(target: Listenable): boolean {
    return [...this.#targets].some(([handle, each]) => each === target && !(handle instanceof ExactHandle));
  }

  /** The call that net and dgram make in a worker instead of binding. */
  ask(target: Listenable, wanted: AskedFor, reply: ListenReply): void {
    if (this.#isEnding) return;
    const picked = pickQuery(wanted);
    const key = addressKey(picked);
    const announce = (): void => {
      if (this.#isOpen(target)) this.#announce(addressOf(target, picked));
    };
    // At once: what listeners that the program adds after listen() send is to reach the primary behind it.
    target.once('listening', announce);
    const asked = { target, picked, key, reply, alive: keepAlive(), announce, index: 0 };
    const held = this.#held.get(key);
    if (held) held.push(asked);
    else {
      this.#held.set(key, []);
      this.#query(asked);
    }
  }

  #query(asked: Asked): void {
    const { target, picked, key, reply, alive, announce } = asked;
    asked.index = this.#indexes.take(key);
    const query: ListenQuery = { ...picked, index: asked.index, ticketKeys: readTicketKeys(target) };
    if (!parseQuery(query)) {
      own.clearInterval(alive);
      target.removeListener('listening', announce);
      this.#indexes.release(key, asked.index);
      own.nextTick(() => {
        reply(errnoOf('EINVAL'), NO_HANDLE);
        this.#queryNext(key);
      });
      return;
    }
    this.#lastSeq += 1;
    this.#asked.set(this.#lastSeq, asked);
    this.#send({ act: 'queryServer', seq: this.#lastSeq, ...query });
  }

  /** One with this key has its answer, and if it was closed meanwhile, then so is what it was given. */
  #queryNext(key: string): void {
    const next = this.#held.get(key)?.shift();
    if (next) this.#query(next);
    else this.#held.delete(key);
  }

  #unanswered(): Asked[] {
    return [...this.#asked.values(), ...[...this.#held.values()].flat()];
  }

  answer({ ack, result }: ListenAnswer, handle: RawHandle | undefined): void {
    const asked = this.#asked.get(ack);
    if (!asked) {
      debug('an answer to listen %d that is not awaited', ack);
      handle?.close();
      if (result.kind !== 'error') this.#send({ act: 'close', listener: result.listener });
      return;
    }
    this.#asked.delete(ack);
    this.#take(asked, result, handle);
    this.#queryNext(asked.key);
  }

  #take(asked: Asked, result: ListenAnswer['result'], handle: RawHandle | undefined): void {
    const hasRefused = result.kind !== 'error' && this.#unknown.delete(result.listener);
    if (this.#asked.size === 0) this.#unknown.clear();
    const { target, picked, key, index, reply, alive, announce } = asked;
    own.clearInterval(alive);
    if (result.kind !== 'shared') handle?.close();
    const fail = (errno: number): void => {
      target.removeListener('listening', announce);
      this.#indexes.release(key, index);
      reply(errno, NO_HANDLE);
    };
    if (result.kind === 'error') {
      fail(result.errno);
      return;
    }
    if (result.ticketKeys !== undefined) writeTicketKeys(target, result.ticketKeys);

    const { listener } = result;
    const onClose = (): void => {
      target.removeListener('listening', announce);
      this.#indexes.release(key, index);
      this.#targets.delete(given);
      this.#intakes.delete(listener);
      this.#borrowed.release(listener);
      this.#send({ act: 'close', listener });
      if (target instanceof net.Server) this.#watchClosing(target);
    };
    let given: RawHandle;
    if (result.kind === 'shared') {
      if (!handle) {
        debug('listener %d came without its handle', listener);
        this.#send({ act: 'close', listener });
        fail(errnoOf('EBADF'));
        return;
      }
      given = tellClose(handle, onClose);
    } else {
      const exact = new ExactHandle(result.name, onClose);
      const server = target as net.Server;
      if (result.wantsLoad) this.#load.add(server);
      const onTaken = result.wantsLoad ? (): void => this.#load.count() : undefined;
      const { kind } = exact;
      this.#intakes.set(
        listener,
        new Intake({ server, handle: exact, kind, listener, send: this.#send, onTaken }),
      );
      given = exact;
    }
    this.#targets.set(given, target);
    this.#listeners.set(target, listener);
    reply(0, given);
    // It may have been closed before its answer came, and then so is what it was given.
    if (this.#targets.get(given) !== target) return;
    if (hasRefused) this.#intakes.get(listener)?.tellRoom();
    if (result.kind !== 'shared' || !(target instanceof net.Server)) return;
    if (result.wantsLoad) {
      this.#load.add(target);
      countConnections(given, () => this.#load.count());
    }
    limitConnections(target, given);
    this.#borrowed.add(listener, given, picked.backlog);
    // What other workers hand over.
    const kind = picked.addressType === -1 ? 'pipe' : 'tcp';
    this.#intakes.set(
      listener,
      new Intake({ server: target, handle: given, kind, listener, send: this.#send }),
    );
  }

  #watchClosing(server: net.Server): void {
    if (openConnections(server) === 0) return;
    this.#closing.add(server);
    server.once('close', () => this.#closing.delete(server));
  }

  #isOpen(target: Listenable): boolean {
    return [...this.#targets.values()].includes(target);
  }

  /** Accepts on another socket for a server that listens already. */
  borrow({ listener, slot }: { listener: number; slot: number }, handle: RawHandle): void {
    this.#borrowed.borrow(listener, slot, handle);
  }

  giveBack({ listener, slot }: { listener: number; slot: number }): void {
    this.#borrowed.giveBack(listener, slot);
  }

  /** What does not listen yet never will: nobody would close it any more. */
  end(): void {
    this.#isEnding = true;
    for (const { alive } of this.#unanswered()) own.clearInterval(alive);
    this.#asked.clear();
    this.#held.clear();
  }

  /** From now on no server here gets connections from the primary. */
  refuseAll(): void {
    this.#intakes.clear();
  }

  /** A connection from the primary for one of the servers here. */
  connection(listener: number, offer: Offer): void {
    const intake = this.#intakes.get(listener);
    if (intake) {
      intake.take(offer);
      return;
    }
    if (this.#asked.size > 0) this.#unknown.add(listener);
    offer.refuse('closed');
  }
}

/** The address as 'listening' carries it: as it was asked for, with the real port. */
function addressOf(target: Listenable, { address, port, addressType, fd }: Picked): Address {
  const bound = target.address();
  const real = typeof bound === 'object' && bound !== null ? bound : undefined;
  const hasFd = fd !== undefined && fd !== null && fd >= 0;
  return {
    address,
    port: real?.port ?? port ?? -1,
    addressType: hasFd && typeof addressType === 'number' ? streamType(real?.family) : addressType,
    ...(fd === undefined || fd === null ? {} : { fd }),
  };
}

/** What kind of address a descriptor turned out to have. */
function streamType(family: string | undefined): 4 | 6 | -1 {
  if (family === undefined) return -1;
  return family === 'IPv6' ? 6 : 4;
}

/** A relative UNIX path means one below this process's directory, not the primary's; an abstract name stays. */
function absolutePath({ address, addressType }: AskedFor): string | null {
  if (addressType !== -1 || typeof address !== 'string' || address.startsWith('\0')) return address ?? null;
  return process.platform === 'win32' ? address : path.resolve(address);
}

/**
 * net and dgram also pass what only they need, which cannot all be sent; and some of it as the program gave it, for the raw
 * handles to make of it what they do: numbers of 32 bits, and flags of what counts as true.
 */
function pickQuery(wanted: AskedFor): Picked {
  const { port, addressType, fd, flags, readableAll, writableAll, backlog } = bare(wanted);
  const isDatagram = typeof addressType === 'string';
  const address = absolutePath(wanted);
  return {
    address,
    aliasPath: address === wanted.address ? undefined : `/proc/${process.pid}/cwd/${wanted.address}`,
    // A UDP handle takes the lower 16 bits of whatever it is given.
    port: isDatagram ? toUint32(port) & 0xffff : (port ?? null),
    // Of a descriptor only whether it is a stream or a datagram socket counts.
    addressType: addressType ?? 4,
    fd: fd ?? undefined,
    flags: flags ?? undefined,
    // Where nothing is named, it is `false`.
    backlog: backlog ? toUint32(backlog) | 0 : undefined,
    readableAll: Boolean(readableAll),
    writableAll: Boolean(writableAll),
  };
}

function toUint32(value: unknown): number {
  return Number(value) >>> 0;
}

/** Calls `onClose` when the handle is closed. */
function tellClose(handle: RawHandle, onClose: () => void): RawHandle {
  // oxlint-disable-next-line typescript/unbound-method -- called with its handle below
  const { close } = handle;
  let isClosed = false;
  handle.close = function (this: RawHandle, callback?: () => void): void {
    if (!isClosed) {
      isClosed = true;
      onClose();
    }
    close.call(this, callback);
  };
  return handle;
}
