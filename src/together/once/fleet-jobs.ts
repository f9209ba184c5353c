import type { HeldLease } from '../../api/fleet-link.ts';
import { own } from '../../own.ts';
import { tokenOf } from '../fleet/fleet-side.ts';
import type { FleetSide } from '../fleet/fleet-side.ts';
import { FleetOnceTable } from './fleet-once-table.ts';
import type { CandidateEffect, FleetOnceEffect } from './fleet-once-table.ts';
import type { Candidate } from './once-table.ts';

/** A lease that is tried for, or held. */
interface Wanted {
  /** `undefined` as long as the link is being asked, which may tell of it by then. */
  lease: HeldLease | undefined;
  /** By the clock on the wall; `Infinity` where it is not held. */
  wallUntilMs: number;
}

/** The jobs of the fleet that somebody on this host wants to do, with their leases. */
export class FleetJobs<C> {
  readonly #fleet: () => FleetSide | undefined;
  readonly #onEffects: (effects: readonly CandidateEffect<C>[]) => void;
  readonly #table = new FleetOnceTable<C>();
  readonly #leases = new Map<string, Wanted>();

  /** `onEffects` is called with what becomes of candidates by what other hosts do. */
  constructor(
    fleet: () => FleetSide | undefined,
    onEffects: (effects: readonly CandidateEffect<C>[]) => void,
  ) {
    this.#fleet = fleet;
    this.#onEffects = onEffects;
  }

  apply(name: string, candidate: Candidate<C>): readonly CandidateEffect<C>[] {
    void this.#refuseWithoutFleet();
    return this.#settle(() => this.#table.apply(name, candidate, own.now()));
  }

  done(name: string, candidate: Candidate<C>): readonly CandidateEffect<C>[] {
    return this.#settle(() => this.#table.done(name, candidate, own.now()));
  }

  withdraw(name: string, candidate: Candidate<C>): readonly CandidateEffect<C>[] {
    return this.#settle(() => this.#table.withdraw(name, candidate, own.now()));
  }

  leave(client: C): readonly CandidateEffect<C>[] {
    return this.#settle(() => this.#table.leave(client, own.now()));
  }

  forget(client: C): readonly CandidateEffect<C>[] {
    return this.#settle(() => this.#table.forget(client, own.now()));
  }

  #settle(effects: () => readonly FleetOnceEffect<C>[]): readonly CandidateEffect<C>[] {
    return [...this.#loseOverslept(), ...this.#perform(effects())];
  }

  /** While the machine slept the clock stood still by which leases are lost. */
  #loseOverslept(): readonly CandidateEffect<C>[] {
    const wallMs = own.wallClock();
    const over = [...this.#leases].filter(([, { wallUntilMs }]) => wallMs >= wallUntilMs);
    return over.flatMap(([name, wanted]) => {
      wanted.wallUntilMs = Infinity;
      return this.#perform(this.#table.lost(name, 'not renewed in time'));
    });
  }

  /** Does what is about leases, and gives the rest. */
  #perform(effects: readonly FleetOnceEffect<C>[]): readonly CandidateEffect<C>[] {
    return effects.filter((effect): effect is CandidateEffect<C> => {
      if (effect.type === 'want') this.#want(effect.name);
      else if (effect.type === 'release' || effect.type === 'abandon') this.#end(effect.name, effect.type);
      else return true;
      return false;
    });
  }

  async #refuseWithoutFleet(): Promise<void> {
    if (!(await this.#fleet()?.hasJoined())) this.#onEffects(this.#perform(this.#table.refuse()));
  }

  #want(name: string): void {
    // What is told of a lease that was given up comes too late.
    const told = (effects: () => readonly FleetOnceEffect<C>[]): void => {
      if (this.#leases.get(name) === wanted) this.#onEffects(this.#perform(effects()));
    };
    const wanted: Wanted = { lease: undefined, wallUntilMs: Infinity };
    this.#leases.set(name, wanted);
    wanted.lease = this.#fleet()?.holdLease({
      name: `job.${tokenOf(name)}`,
      onHeld: (term, untilMs) =>
        told(() => {
          const nowMs = own.now();
          // Nothing is held until a time that is none.
          if (!Number.isFinite(untilMs)) return [];
          wanted.wallUntilMs = own.wallClock() + untilMs - nowMs;
          return this.#table.held(name, { term, untilMs, wallUntilMs: wanted.wallUntilMs }, nowMs);
        }),
      onLost: (reason) =>
        told(() => {
          wanted.wallUntilMs = Infinity;
          return this.#table.lost(name, reason);
        }),
    });
    // By what was told of it at once.
    if (this.#leases.get(name) !== wanted) wanted.lease?.abandon();
  }

  #end(name: string, how: 'release' | 'abandon'): void {
    this.#leases.get(name)?.lease?.[how]();
    this.#leases.delete(name);
  }
}
