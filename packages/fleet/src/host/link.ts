import type { Engine, Json, Listening } from '../engine/engine.ts';
import { tell } from '../engine/listeners.ts';
import { checkKey, checkSubject } from '../engine/names.ts';
import type { FleetLease, FleetLink, LeaseWish } from '../host.ts';
import { ownName } from '../identity.ts';
import { LeaseHolder } from '../machines/lease-holder.ts';
import { type Runtime, within } from '../machines/runtime.ts';
import { termText } from '../protocol/term.ts';
import type { Troubles } from './troubles.ts';

export interface LinkParts {
  readonly runtime: Runtime;
  readonly ttlMs: number;
  readonly troubles: Troubles;
}

const CALL_MS = 2000;
/** How often each host tries for a lease in the time that one lives: so one that dies is followed by a tenth of that later at most. */
const TRIES = 16;

/** What is asked of a link, and what the engine does for it once there is one. */
interface Asked {
  readonly begin: (engine: Engine) => void;
  readonly end: () => Promise<void>;
  /** Ends it where what a program does by it may still go on. */
  readonly abandon: () => Promise<void>;
}

/** A host's link for programs. What is asked of it before its engine is open begins then. */
export class HostLink implements FleetLink {
  readonly #parts: LinkParts;
  readonly #asked = new Set<Asked>();
  readonly #ending = new Set<Promise<void>>();
  #engine: Engine | undefined;
  #isClosed = false;

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  open(engine: Engine): void {
    this.#engine = engine;
    for (const asked of this.#asked) this.#begin(asked, engine);
  }

  /**
   * Waits for what is being handed over, no longer than for an answer; to be called before the engine is closed. What it still holds
   * expires, since nobody can say when those who have it are done.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const asked of this.#asked) this.#end(asked, asked.abandon);
    await within(this.#parts.runtime, CALL_MS, Promise.all(this.#ending));
    this.#engine = undefined;
  }

  publish(subject: string, message: Json): void {
    try {
      this.#engine?.publish(subjectOf(subject), message);
    } catch (error) {
      this.#parts.troubles.tell(error);
    }
  }

  listen(subject: string, onMessage: (message: Json) => void): Listening {
    checkSubject(subject);
    let listening: Listening | undefined;
    const end = async (): Promise<void> => listening?.stop();
    const asked = this.#ask({
      begin: (engine) => {
        listening = engine.listen(subjectOf(subject), (message) => {
          onMessage(message);
          return undefined;
        });
      },
      end,
      abandon: end,
    });
    return { stop: () => this.#end(asked) };
  }

  holdLease({ name, onHeld, onLost }: LeaseWish): FleetLease {
    checkKey(name);
    const { runtime, ttlMs, troubles } = this.#parts;
    const terms = {
      name: `link.${name}`,
      me: ownName(),
      ttlMs,
      callMs: CALL_MS,
      tryMs: ttlMs / TRIES,
    };
    let holder: LeaseHolder | undefined;
    let isReleased = false;
    const asked = this.#ask({
      begin: (engine) => {
        holder = new LeaseHolder(engine, runtime, terms, {
          onHeld: (term, untilMs) => tell('a lease that is held', () => onHeld(termText(term), untilMs)),
          onLost: (reason) => {
            if (!isReleased) tell('a lease that is lost', () => onLost(reason));
          },
          onError: (error) => troubles.tell(error),
        });
      },
      end: async () => holder?.release(),
      abandon: async () => holder?.abandon(),
    });
    const end = (how: Asked['end']): void => {
      isReleased = true;
      this.#end(asked, how);
    };
    return { release: () => end(asked.end), abandon: () => end(asked.abandon) };
  }

  #ask(asked: Asked): Asked {
    if (this.#isClosed) return asked;
    this.#asked.add(asked);
    if (this.#engine) this.#begin(asked, this.#engine);
    return asked;
  }

  /** What cannot begin keeps nothing else from it. */
  #begin({ begin }: Asked, engine: Engine): void {
    try {
      begin(engine);
    } catch (error) {
      this.#parts.troubles.tell(error);
    }
  }

  #end(asked: Asked, end = asked.end): void {
    if (!this.#asked.delete(asked)) return;
    const ending = end().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

function subjectOf(subject: string): string {
  return `link.${subject}`;
}
