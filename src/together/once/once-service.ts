import { own } from '../../own.ts';
import { encodeBody } from '../body.ts';
import type { FleetSide } from '../fleet/fleet-side.ts';
import type { HubMember, HubService } from '../hub.ts';
import type { Incoming } from '../incoming.ts';
import { FleetJobs } from './fleet-jobs.ts';
import type { CandidateEffect } from './fleet-once-table.ts';
import { OnceTable } from './once-table.ts';
import type { OnceEffect } from './once-table.ts';

export const ONCE = 'once';

type Result = Parameters<HubMember['send']>[1];

type Effect = OnceEffect<HubMember> | CandidateEffect<HubMember>;

interface Coming {
  readonly from: HubMember;
  readonly effects: readonly Effect[];
}

/** Has the tables of all jobs that one process at a time does, of this host or of the fleet. */
export class OnceService implements HubService {
  readonly name: string = ONCE;
  /** The terms of an earlier primary are smaller, unless it has had one each millisecond or the clock was set back. */
  readonly #table = new OnceTable<HubMember>(own.wallClock());
  readonly #fleet: FleetJobs<HubMember>;
  /** Of jobs that are done: what they gave is still on its way. */
  readonly #coming = new Set<Coming>();

  constructor(fleet: () => FleetSide | undefined) {
    this.#fleet = new FleetJobs(fleet, (effects) => this.#tell(effects));
  }

  receive(from: HubMember, incoming: Incoming): void {
    const { header } = incoming;
    const n = header.get('n');
    const name = header.get('name');
    if (typeof n !== 'number' || typeof name !== 'string') return;
    const candidate = { client: from, n };
    const jobs = header.get('scope') === 'fleet' ? this.#fleet : this.#table;
    switch (header.get('t')) {
      case 'apply':
        this.#tell(jobs.apply(name, candidate));
        return;
      case 'withdraw':
        this.#tell(jobs.withdraw(name, candidate));
        return;
      case 'note': {
        const note = header.get('note');
        // What is no number would make the next holder's message none.
        if (Number.isFinite(note)) this.#table.note(name, candidate, note as number);
        return;
      }
      case 'done': {
        const coming = { from, effects: jobs.done(name, candidate) };
        this.#coming.add(coming);
        incoming.whole(
          (body) => this.#settle(coming, body),
          () => this.#settle(coming),
        );
        return;
      }
      default:
    }
  }

  leaving(member: HubMember): void {
    this.#tell(this.#table.leave(member));
    this.#tell(this.#fleet.leave(member));
  }

  ended(member: HubMember): void {
    for (const coming of this.#coming) if (coming.from === member) this.#settle(coming);
    this.#tell(this.#table.forget(member));
    this.#tell(this.#fleet.forget(member));
  }

  #settle(coming: Coming, result?: Result): void {
    this.#coming.delete(coming);
    this.#tell(coming.effects, result);
  }

  /** `result`: what the job gave, for those who waited for it; nothing where its process has ended before all of that was here. */
  #tell(effects: readonly Effect[], result?: Result): void {
    for (const { candidate, type, ...about } of effects) {
      const { client, n } = candidate;
      if (client.hasEnded) continue;
      const told = { s: ONCE, is: type, ...about, ack: n };
      if (type === 'done') client.send(told, result ?? encodeBody(undefined), { key: `once:${n}` });
      else client.send(told);
    }
  }
}
