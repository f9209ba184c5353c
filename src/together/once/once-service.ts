import type { HubMember, HubService } from '../hub.ts';
import type { Incoming } from '../incoming.ts';
import { OnceTable } from './once-table.ts';
import type { OnceEffect } from './once-table.ts';

export const ONCE = 'once';

type Result = Parameters<HubMember['send']>[1];

interface Coming {
  readonly from: HubMember;
  readonly effects: readonly OnceEffect<HubMember>[];
}

/** Has the table of all jobs that one process at a time does. */
export class OnceService implements HubService {
  readonly name: string = ONCE;
  readonly #table = new OnceTable<HubMember>();
  /** Of jobs that are done: what they gave is still on its way. */
  readonly #coming = new Set<Coming>();

  receive(from: HubMember, incoming: Incoming): void {
    const { header } = incoming;
    const n = header.get('n');
    const name = header.get('name');
    if (typeof n !== 'number' || typeof name !== 'string') return;
    const candidate = { client: from, n };
    switch (header.get('t')) {
      case 'apply':
        this.#tell(this.#table.apply(name, candidate));
        return;
      case 'withdraw':
        this.#tell(this.#table.withdraw(name, candidate));
        return;
      case 'note':
        this.#table.note(name, candidate, Number(header.get('note')));
        return;
      case 'done': {
        const coming = { from, effects: this.#table.done(name, candidate) };
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
  }

  ended(member: HubMember): void {
    for (const coming of this.#coming) if (coming.from === member) this.#settle(coming);
    this.#tell(this.#table.forget(member));
  }

  #settle(coming: Coming, result?: Result): void {
    this.#coming.delete(coming);
    this.#tell(coming.effects, result);
  }

  /** `result`: what the job gave, for those who waited for it. */
  #tell(effects: readonly OnceEffect<HubMember>[], result?: Result): void {
    for (const effect of effects) {
      const { client, n } = effect.candidate;
      if (client.hasEnded) continue;
      const told = { s: ONCE, ack: n, is: effect.type };
      if (effect.type === 'begin') client.send({ ...told, term: effect.term, note: effect.note });
      else if (effect.type === 'done') client.send(told, result, { key: `once:${n}` });
      else client.send(told);
    }
  }
}
