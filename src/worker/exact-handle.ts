import { own } from '../own.ts';
import type { SocketName } from '../protocol/messages.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { keepAlive } from './keep-alive.ts';

/**
 * What a server in a worker has in place of a listening socket when the primary accepts for it: it looks like a raw
 * handle to net, keeps the process alive as an open server does, and is given connections one by one.
 */
export class ExactHandle implements RawHandle {
  onconnection: RawHandle['onconnection'];
  /** Absent for a UNIX path, as on Node's own pipe handles. */
  getsockname?: (out: Partial<SocketName>) => number;
  readonly kind: 'tcp' | 'pipe';
  #onClose: (() => void) | undefined;
  readonly #alive: NodeJS.Timeout;

  constructor(name: SocketName | null, onClose: () => void) {
    this.#onClose = onClose;
    this.kind = name ? 'tcp' : 'pipe';
    this.#alive = keepAlive();
    if (name) {
      this.getsockname = (out) => {
        Object.assign(out, name);
        return 0;
      };
    }
  }

  /** The primary listens already. */
  listen(): number {
    return 0;
  }

  close(callback?: () => void): void {
    own.clearInterval(this.#alive);
    this.#onClose?.();
    this.#onClose = undefined;
    if (callback) own.nextTick(callback);
  }

  ref(): void {
    this.#alive.ref();
  }

  unref(): void {
    this.#alive.unref();
  }

  hasRef(): boolean {
    return this.#alive.hasRef();
  }
}
