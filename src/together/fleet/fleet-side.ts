import type {
  OfferedFleet,
  FleetLink,
  FleetListening,
  FleetMessage,
  HeldLease,
  LeaseWish,
} from '../../api/fleet-link.ts';

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

  /** Calls back where this host has joined none after all. */
  onceNone(callback: () => void): void {
    void this.#fleet.joined.then((link) => {
      if (!link) callback();
    });
  }

  publish(subject: string, message: FleetMessage): void {
    this.#fleet.link?.publish(subject, message);
  }

  listen(subject: string, onMessage: (message: unknown) => void): FleetListening {
    const listening = this.#later((link) => link.listen(subject, onMessage));
    return { stop: () => listening((begun) => begun.stop()) };
  }

  holdLease(wish: LeaseWish): HeldLease {
    const lease = this.#later((link) => link.holdLease(wish));
    return { release: () => lease((begun) => void begun.release()) };
  }

  /** Begins something when this host has joined; what it gives ends that, or sees to it that it does not begin. */
  #later<T>(begin: (link: FleetLink) => T): (end: (begun: T) => void) => void {
    const { link, joined } = this.#fleet;
    let begun = link && begin(link);
    let isEnded = false;
    if (!link)
      void joined.then((late) => {
        if (late && !isEnded) begun = begin(late);
      });
    return (end) => {
      if (!isEnded && begun !== undefined) end(begun);
      isEnded = true;
    };
  }
}

/** A name as part of a subject, or of the name of a lease: itself where it can be, so that it is found in the engine. */
export function tokenOf(name: string): string {
  if (PLAIN.test(name)) return `as.${name}`;
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256').update(name);
  return `sha256.${hash.digest('base64url')}`;
}
