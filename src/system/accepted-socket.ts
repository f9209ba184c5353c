import { withoutMapping } from '../core/ip-address.ts';
import { loadedLibc, tryLibc } from './libc.ts';
import type { Libc } from './libc.ts';
import { errnoOf, openConnection } from './node-internals.ts';
import type { RawHandle } from './node-internals.ts';

/** A connection of which nothing has been read, open in this process. */
export interface AcceptedSocket {
  /** Its descriptor; -1 where the platform has none. */
  readonly fd: number;
  /** What Node can send to another process; `undefined` where it cannot be had. */
  handle(): RawHandle | undefined;
  /** The client's IP address, an IPv4 one as such; `undefined` where it has none, or is gone. */
  remoteAddress(): string | undefined;
  /** Whether its client has gone and left nothing to be answered; false where this system does not tell. */
  hasLeft(): boolean;
  close(): void;
}

/** A connection that libuv has accepted. */
export class HandleSocket implements AcceptedSocket {
  readonly #handle: RawHandle;

  constructor(handle: RawHandle) {
    this.#handle = handle;
  }

  get fd(): number {
    return this.#handle.fd ?? -1;
  }

  handle(): RawHandle {
    return this.#handle;
  }

  remoteAddress(): string | undefined {
    return peerAddress(this.#handle);
  }

  hasLeft(): boolean {
    return hasLeft(this.fd);
  }

  close(): void {
    this.#handle.close();
  }
}

const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;

/**
 * Accepts what else waits on a listening handle, at most `limit`: libuv accepts one connection in each turn of the event
 * loop. Gives nothing as long as system calls are not in use here.
 */
export function acceptMore(listening: RawHandle, kind: 'tcp' | 'pipe', limit: number): AcceptedSocket[] {
  const libc = loadedLibc();
  const sockets: AcceptedSocket[] = [];
  if (!libc || listening.fd === undefined) return sockets;
  while (sockets.length < limit) {
    const fd = libc.accept4(listening.fd, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) break;
    sockets.push(new DescriptorSocket(fd, kind, libc));
  }
  return sockets;
}

/** One that was accepted without a handle, which it gets when somebody needs it. */
class DescriptorSocket implements AcceptedSocket {
  readonly fd: number;
  readonly #kind: 'tcp' | 'pipe';
  readonly #libc: Libc;
  #opened: RawHandle | undefined;

  constructor(fd: number, kind: 'tcp' | 'pipe', libc: Libc) {
    this.fd = fd;
    this.#kind = kind;
    this.#libc = libc;
  }

  handle(): RawHandle | undefined {
    const handle = this.#opened ?? openConnection(this.fd, this.#kind);
    this.#opened = typeof handle === 'number' ? undefined : handle;
    return this.#opened;
  }

  remoteAddress(): string | undefined {
    return peerAddress(this.handle());
  }

  hasLeft(): boolean {
    return hasLeft(this.fd);
  }

  close(): void {
    if (this.#opened) this.#opened.close();
    else this.#libc.close(this.fd);
  }
}

const MSG_PEEK = 2;
const MSG_DONTWAIT = 0x40;
const ONE_BYTE = new Uint8Array(1);

/** Nothing to be read, and its end; or an error. What waits for more has EAGAIN. */
function hasLeft(fd: number): boolean {
  const libc = tryLibc();
  if (!libc || fd < 0) return false;
  const size = libc.recv(fd, ONE_BYTE, 1, MSG_PEEK | MSG_DONTWAIT);
  return size === 0 || (size < 0 && -libc.errno() !== errnoOf('EAGAIN'));
}

function peerAddress(handle: RawHandle | undefined): string | undefined {
  const peer: { address?: string } = {};
  if (handle?.getpeername?.(peer) !== 0 || peer.address === undefined) return undefined;
  return withoutMapping(peer.address);
}
