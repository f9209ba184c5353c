import { readFileSync, readlinkSync } from 'node:fs';

import { findInherited, inheritedText } from '../core/inherited-address.ts';
import type { InheritedName, WantedAddress } from '../core/inherited-address.ts';
import { LISTEN_VARIABLES, passedDescriptors } from '../core/listen-variables.ts';
import type { PassedDescriptor } from '../core/listen-variables.ts';
import { own } from '../own.ts';
import { debug } from './debug.ts';
import { libcFunction } from './libc.ts';
import { bindHandle, errnoOf, socketName } from './node-internals.ts';
import type { BindRequest, RawHandle } from './node-internals.ts';
import { warnOnce } from './warning.ts';

/** Who listens on one address does so on the others within this time. */
const UNUSED_MS = 5000;

/** Connections that may be kept while nobody listens: each holds a descriptor. */
const MAX_HELD = 1024;

let taken: InheritedSockets | undefined;

/**
 * The sockets with which a service manager has started this process. They are taken when this is first called, and the variables
 * that tell of them are gone from then on: child processes have none.
 */
export function inheritedSockets(): InheritedSockets {
  if (taken) return taken;
  const passed = passedDescriptors(process.env, process.pid) ?? [];
  if (passed.length > 0) for (const name of LISTEN_VARIABLES) delete process.env[name];
  taken = new InheritedSockets(passed.flatMap((each) => openPassed(each) ?? []));
  return taken;
}

export class InheritedSockets {
  readonly #sockets: readonly InheritedSocket[];
  #look: NodeJS.Timeout | undefined;
  #hasLooked = false;

  constructor(sockets: readonly InheritedSocket[]) {
    this.#sockets = sockets;
  }

  /** The socket that has an address. */
  find(wanted: WantedAddress & Pick<BindRequest, 'fd'>): InheritedSocket | undefined {
    const { fd } = wanted;
    if (typeof fd === 'number' && fd >= 0) return this.#sockets.find((each) => each.fd === fd);
    return this.#sockets[
      findInherited(
        wanted,
        this.#sockets.map(({ name }) => name),
      )
    ];
  }

  /** The program listens somewhere: it soon does wherever it means to. */
  listens(): void {
    if (this.#hasLooked || this.#sockets.length === 0) return;
    own.clearTimeout(this.#look);
    this.#look = own.setTimeout(() => this.#tellUnused(), UNUSED_MS).unref();
  }

  /** Nobody here will listen any more: clients are to wait for whoever comes next. */
  letGo(): void {
    for (const socket of this.#sockets) socket.letGo();
  }

  #tellUnused(): void {
    this.#hasLooked = true;
    const unused = this.#sockets.filter(({ isUsed }) => !isUsed).map(({ text }) => text);
    if (unused.length > 0) warnOnce('GRAPPOLO_SOCKET_UNUSED', unused.join(', '));
  }
}

/**
 * One of them. The service manager has it open as well: it is never shut down, and the file of its path stays.
 *
 * Each listener has a descriptor of its own, so that closing that is the end of nothing else. Where none can be made, without
 * system calls, listeners have this one, one after the other.
 */
export class InheritedSocket {
  readonly name: InheritedName;
  readonly text: string;
  readonly fd: number;
  readonly #keeper: RawHandle;
  /** Connections that have come to this descriptor while no listener has it. */
  readonly #held: RawHandle[] = [];
  #isUsed = false;
  #isOpen = false;
  #isLetGo = false;

  constructor(name: InheritedName, { fd, label }: PassedDescriptor, keeper: RawHandle) {
    this.name = name;
    this.text = inheritedText(name, label);
    this.fd = fd;
    this.#keeper = keeper;
  }

  /** Whether anybody has ever listened on it. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** A handle for one listener, or a negative error number: another one has the address. */
  open(): RawHandle | number {
    if (this.#isOpen) return errnoOf('EADDRINUSE');
    const copy = duplicate(this.fd);
    if (copy === undefined && this.#isLetGo) return errnoOf('EADDRINUSE');
    const handle = copy === undefined ? this.#keeper : openHandle(copy, this.name.kind);
    if (typeof handle === 'number') return handle;
    this.#isUsed = true;
    this.#isOpen = true;
    if (handle === this.#keeper) this.#lend();
    else afterClose(handle, () => (this.#isOpen = false));
    return handle;
  }

  letGo(): void {
    if (this.#isLetGo) return;
    this.#isLetGo = true;
    for (const client of this.#held.splice(0)) client.close();
    // One that has listened goes on taking clients, who are to wait for whoever comes next.
    if (!this.#isOpen && this.#keeper.onconnection) this.#keeper.close();
  }

  #lend(): void {
    const keeper = this.#keeper;
    // oxlint-disable-next-line typescript/unbound-method -- called with its handle below
    const { close } = keeper;
    keeper.ref();
    keeper.close = (callback) => {
      keeper.close = close;
      this.#isOpen = false;
      if (this.#isLetGo) {
        keeper.close(callback);
        return;
      }
      keeper.unref();
      if (keeper.onconnection) keeper.onconnection = (_status, client) => this.#hold(client);
      if (callback) own.setImmediate(callback);
    };
    // The listener has said by then what is to be done about them.
    own.setImmediate(() => {
      for (const client of this.#held.splice(0)) keeper.onconnection?.(0, client);
    });
  }

  /** It goes on accepting: a handle that listens cannot do otherwise. */
  #hold(client: RawHandle | undefined): void {
    if (this.#held.length < MAX_HELD && !this.#isLetGo) this.#held.push(...(client ? [client] : []));
    else client?.close();
  }
}

function afterClose(handle: RawHandle, deed: () => void): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its handle below
  const { close } = handle;
  handle.close = function (this: RawHandle, callback?: () => void): void {
    close.call(this, callback);
    deed();
  };
}

/** A handle on what was passed; nothing where that is no socket on which a server could listen. */
function openPassed(passed: PassedDescriptor): InheritedSocket | undefined {
  const { fd } = passed;
  // A handle that was opened is not closed, whatever it is: the descriptor is perhaps the program's.
  const stream = openHandle(fd, 'tcp');
  const handle = typeof stream === 'number' ? openHandle(fd, 'udp4') : stream;
  const name = typeof handle === 'number' ? undefined : nameOf(fd, handle, handle === stream);
  if (typeof handle !== 'number' && name) return new InheritedSocket(name, passed, handle);
  debug('descriptor %d, which was passed, is no socket to listen on', fd);
  return undefined;
}

function openHandle(fd: number, kind: InheritedName['kind']): RawHandle | number {
  const addressType = kind === 'udp4' || kind === 'udp6' ? kind : 4;
  return bindHandle({ address: null, port: null, addressType, fd });
}

function nameOf(fd: number, handle: RawHandle, isStream: boolean): InheritedName | undefined {
  const name = socketName(handle);
  if (name === null) return unixName(fd);
  if (typeof name === 'number' || name.port === 0) return undefined;
  // A connection, of a unit that accepts by itself.
  if (handle.getpeername?.({}) === 0) return undefined;
  const { address, port, family } = name;
  return { kind: isStream ? 'tcp' : family === 'IPv6' ? 'udp6' : 'udp4', address, port };
}

/** Flags, type and state of a stream socket that listens, as /proc/net/unix has them; then its inode and name. */
const LISTENING_UNIX = /^\S+ \S+ \S+ 00010000 0001 01 +(\d+) (.+)$/gm;

/** A pipe handle cannot say what it is bound to. */
function unixName(fd: number): InheritedName | undefined {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
    const table = readFileSync('/proc/self/net/unix', 'utf8');
    const [, , path] = [...table.matchAll(LISTENING_UNIX)].find(([, each]) => each === inode) ?? [];
    return path === undefined ? undefined : { kind: 'unix', path: plainName(path) };
  } catch (error) {
    debug('no name for descriptor %d: %s', fd, (error as Error).message);
    return undefined;
  }
}

/** The table shows NUL as `@`. Node 20 fills a name in the abstract namespace up with it to the longest there may be. */
function plainName(shown: string): string {
  const name = shown.length < MAX_NAME_LENGTH ? shown : shown.replace(/(?<=^@.+?)@+$/, '');
  return name.replace(/^@/, '\0');
}

const MAX_NAME_LENGTH = 108;

const F_DUPFD_CLOEXEC = 1030;

/** Another descriptor of the same socket, that reaches no child process. */
function duplicate(fd: number): number | undefined {
  // Its arguments vary; on the systems where system calls are known they are passed alike.
  const fcntl =
    libcFunction<(fd: number, command: number, least: number) => number>('int fcntl(int, int, int)');
  const copy = fcntl?.(fd, F_DUPFD_CLOEXEC, 3) ?? -1;
  return copy === -1 ? undefined : copy;
}
