import { encode } from '../core/classic-bpf.ts';
import type { Instruction } from '../core/classic-bpf.ts';
import type { Steering as SteeringName } from '../core/policy.ts';
import { hashProgram, randomProgram, stickyProgram, weightedProgram } from '../core/steering-programs.ts';
import { loadLibc } from '../system/libc.ts';
import type { Libc } from '../system/libc.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { attachProgram, startListening, stopListening, waitingConnections } from '../system/socket-group.ts';
import { warnOnce } from '../system/warning.ts';

/** A socket that is to get what comes, and how much of it where that is asked for. */
export interface Destination {
  readonly slot: number;
  readonly handle: RawHandle;
  readonly weight: number;
}

/** Which of the sockets on one address get what comes, and by what. Without system calls the kernel's own hash decides. */
export class Steering {
  readonly #name: SteeringName;
  readonly #libc: Libc | undefined;
  /** All sockets, as the kernel counts them. */
  readonly #order: RawHandle[] = [];
  #hasProgram = false;
  #isBroken = false;

  constructor(name: SteeringName) {
    this.#name = name;
    try {
      this.#libc = loadLibc();
    } catch (error) {
      this.#warn(error as Error);
    }
  }

  /** Whether sockets can be kept from getting anything. */
  get isPossible(): boolean {
    return this.#libc !== undefined && !this.#isBroken;
  }

  /** A stream socket has been bound. Gives 0 or a negative error number. */
  addListening(handle: RawHandle, backlog: number): number {
    const errno = this.#libc ? startListening(this.#libc, handle, backlog) : 0;
    if (errno === 0) this.#order.push(handle);
    return errno;
  }

  /** A datagram socket has been bound. */
  addBound(handle: RawHandle): void {
    this.#order.push(handle);
  }

  /** Takes a listening socket in which nothing waits out of the group; gives whether that could be done. */
  retire(handle: RawHandle): boolean {
    if (!this.#libc || waitingConnections(this.#libc, handle) !== 0) return false;
    stopListening(this.#libc, handle);
    this.removed(handle);
    return true;
  }

  /** The kernel has dropped a socket: the last one has its number now. */
  removed(handle: RawHandle): void {
    const at = this.#order.indexOf(handle);
    const last = this.#order.pop();
    if (last && at !== -1 && at < this.#order.length) this.#order[at] = last;
  }

  /** From now on only these sockets get what comes; all as before, where there is none. */
  direct(destinations: readonly Destination[]): void {
    const [any] = destinations;
    if (!any || !this.#libc || this.#isBroken) return;
    const isForAll = destinations.length === this.#order.length;
    if (this.#name === 'hash' && isForAll && !this.#hasProgram) return;
    const targets = destinations.map(({ slot, handle, weight }) => ({
      slot,
      weight,
      index: this.#order.indexOf(handle),
    }));
    try {
      attachProgram(this.#libc, any.handle, encode(programOf(this.#name, targets)));
      this.#hasProgram = true;
    } catch (error) {
      this.#isBroken = true;
      this.#warn(error as Error);
    }
  }

  #warn({ message }: Error): void {
    if (this.#name !== 'hash') warnOnce('GRAPPOLO_NO_STEERING', message);
  }
}

type Targets = Parameters<typeof weightedProgram>[0];

function programOf(name: SteeringName, targets: Targets): Instruction[] {
  switch (name) {
    case 'hash':
      return hashProgram(targets);
    case 'random':
      return randomProgram(targets);
    case 'weighted':
      return weightedProgram(targets);
    case 'sticky':
      return stickyProgram(targets);
    default:
      return name satisfies never;
  }
}
