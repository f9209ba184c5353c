import type {
  OfferedFleet,
  FleetLink,
  FleetListening,
  FleetMessage,
  HeldLease,
  LeaseWish,
} from '../../api/fleet-link.ts';
import { warnOnce } from '../../system/warning.ts';

/** What a name may have to be part of a subject as it is. */
const PLAIN = /^[-\w]{1,60}$/;

/** The other hosts, as the hub of this one has them: what is asked of them before this one has joined is done when it has. */
export class FleetSide implements FleetLink {
  /** Of this host, which no other has, nor this one had before: told by it are its own messages, which come back. */
  readonly me: string = process.getBuiltinModule('node:crypto').randomUUID();
  readonly #fleet: OfferedFleet;

  constructor(fleet: OfferedFleet) {
    this.#fleet = fleet;
  }

  /** Resolves once this host has joined: with false where that came to nothing. */
  async hasJoined(): Promise<boolean> {
    return (await this.#fleet.joined) !== undefined;
  }

  publish(subject: string, message: FleetMessage): void {
    this.#fleet.link?.publish(subject, message);
  }

  listen(subject: string, onMessage: (message: unknown) => void): FleetListening {
    const listening = this.#later((link) => link.listen(subject, onMessage));
    return { stop: () => listening.end((begun) => begun.stop()) };
  }

  holdLease(wish: LeaseWish): HeldLease {
    const lease = this.#later((link) => link.holdLease(wish));
    return {
      release: () => lease.end((begun) => begun.release()),
      abandon: () => lease.end((begun) => begun.abandon()),
    };
  }

  #later<T>(begin: (link: FleetLink) => T): Later<T> {
    const { link, joined } = this.#fleet;
    const later = new Later(begin);
    if (link) later.begin(link);
    else void later.beginAfter(joined);
    return later;
  }
}

/** Something that begins when this host has joined, unless it has ended by then. */
class Later<T> {
  readonly #begin: (link: FleetLink) => T;
  #begun: { readonly it: T } | undefined;
  #end: ((it: T) => void) | undefined;

  constructor(begin: (link: FleetLink) => T) {
    this.#begin = begin;
  }

  /** Nobody waits for what begins: a link that throws is a warning. */
  begin(link: FleetLink): void {
    try {
      const it = this.#begin(link);
      this.#begun = { it };
      // By what it told while it began.
      this.#end?.(it);
    } catch (error) {
      warnOnce('GRAPPOLO_FLEET_FAILED', error instanceof Error ? error.stack : String(error));
    }
  }

  async beginAfter(joined: Promise<FleetLink | undefined>): Promise<void> {
    const link = await joined;
    if (link && !this.#end) this.begin(link);
  }

  end(end: (it: T) => void): void {
    if (this.#end) return;
    this.#end = end;
    if (this.#begun) end(this.#begun.it);
  }
}

/** A name as part of a subject, or of the name of a lease: itself where it can be, so that it is found in the engine. */
export function tokenOf(name: string): string {
  if (PLAIN.test(name)) return `as.${name}`;
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256').update(name);
  return `sha256.${hash.digest('base64url')}`;
}
