/** What a host has of a fleet that it is in: the others may be away at any time, and come back. */
export interface FleetLink {
  /** Says something to all hosts that listen on the subject, once at most; nothing while the others cannot be reached. Never throws. */
  publish(subject: string, message: FleetMessage): void;
  /** Calls with what hosts publish on the subject, this one included, for as long as they can be reached. */
  listen(subject: string, onMessage: (message: unknown) => void): FleetListening;
  /** Tries to be the one host that holds the lease of that name, again and again, until it is released. */
  holdLease(wish: LeaseWish): HeldLease;
}

/** Subjects and names of leases have letters, digits, `-`, `_`, and single dots between; a message has 256 KiB at most, as JSON. */
export type FleetMessage = { readonly [key: string]: string | boolean };

export interface FleetListening {
  stop(): void;
}

export interface LeaseWish {
  readonly name: string;
  /**
   * From now on it is held, or for longer than before, until a time on the clock of `process.hrtime()`, in ms: then it is held no more,
   * whoever may have said so by then. The term, a text, is greater than that of each holder before.
   */
  readonly onHeld: (term: string, untilMs: number) => void;
  readonly onLost: (reason: string) => void;
}

export interface HeldLease {
  /** Hands it over: nothing more is told of it. */
  release(): void;
  /** Lets it expire, for what is done by it to end meanwhile: nothing more is told of it. */
  abandon(): void;
}

/** The fleet that a host is in, or is about to join. */
export class OfferedFleet {
  /** Once it has joined. */
  link: FleetLink | undefined;
  /** Gives `undefined` where that came to nothing. */
  readonly joined: Promise<FleetLink | undefined>;

  constructor(fleet: FleetLink | PromiseLike<FleetLink | undefined>) {
    this.joined = this.#join(fleet);
  }

  async #join(fleet: FleetLink | PromiseLike<FleetLink | undefined>): Promise<FleetLink | undefined> {
    try {
      const link = isLink(fleet) ? fleet : await fleet;
      if (isLink(link)) this.link = link;
      return this.link;
    } catch {
      return undefined;
    }
  }
}

export function isLink(value: unknown): value is FleetLink {
  if (typeof value !== 'object' || value === null) return false;
  const { publish, listen, holdLease } = value as Partial<FleetLink>;
  return [publish, listen, holdLease].every((method) => typeof method === 'function');
}
