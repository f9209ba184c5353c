import { withoutMapping } from '../core/ip-address.ts';
import { loadedLibc } from './libc.ts';
import type { Libc } from './libc.ts';
import { openConnection } from './node-internals.ts';
import type { RawHandle } from './node-internals.ts';

/** A connection of which nothing has been read, open in this process. */
export interface AcceptedSocket {
  /** Its descriptor; -1 where the platform has none. */
  readonly fd: number;
  /** What Node can send to another process; `undefined` where it cannot be had. */
  handle(): RawHandle | undefined;
  /** The client's IP address, an IPv4 one as such; `undefined` where it has none, or is gone. */
  remoteAddress(): string | undefined;
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

  close(): void {
    if (this.#opened) this.#opened.close();
    else this.#libc.close(this.fd);
  }
}

function peerAddress(handle: RawHandle | undefined): string | undefined {
  const peer: { address?: string } = {};
  if (handle?.getpeername?.(peer) !== 0 || peer.address === undefined) return undefined;
  return withoutMapping(peer.address);
}
