import type { HubMember, HubService } from '../hub.ts';
import { PRIMARY_ID } from '../hub.ts';
import type { Incoming } from '../incoming.ts';
import { LockTable } from './lock-table.ts';
import type { LockEffect, LockRequest } from './lock-table.ts';

export const LOCKS = 'lock';

/** A lock, or a request for one, as `locks.query()` tells of it. */
export interface LockInfo {
  readonly name: string;
  readonly mode: 'exclusive' | 'shared';
  /** `'primary'`, or the worker by its id, such as `'worker-3'`. */
  readonly clientId: string;
}

/** Has the table of all locks. */
export class LockService implements HubService {
  readonly name: string = LOCKS;
  readonly #table = new LockTable<HubMember>();

  receive(from: HubMember, { header }: Incoming): void {
    const n = header.get('n');
    const name = header.get('name');
    if (typeof n !== 'number') return;
    switch (header.get('t')) {
      case 'request': {
        if (typeof name !== 'string') return;
        const mode = header.get('mode') === 'shared' ? 'shared' : 'exclusive';
        const options = {
          ifAvailable: header.get('ifAvailable') === true,
          steal: header.get('steal') === true,
        };
        this.#tell(this.#table.request({ client: from, n, name, mode }, options));
        return;
      }
      case 'release':
        if (typeof name === 'string') this.#tell(this.#table.release(from, name, n));
        return;
      case 'query':
        from.send({ s: LOCKS, ack: n }, this.#query());
        return;
      default:
    }
  }

  ended(member: HubMember): void {
    this.#tell(this.#table.forget(member));
  }

  #tell(effects: readonly LockEffect<HubMember>[]): void {
    for (const { type, request } of effects) request.client.send({ s: LOCKS, is: type, ack: request.n });
  }

  #query(): string {
    const { held, pending } = this.#table;
    return `{"held":[${held.map(infoJson).join(',')}],"pending":[${pending.map(infoJson).join(',')}]}`;
  }
}

function infoJson({ name, mode, client: { id } }: LockRequest<HubMember>): string {
  const clientId = id === PRIMARY_ID ? 'primary' : `worker-${id}`;
  return `{"name":${JSON.stringify(name)},"mode":"${mode}","clientId":"${clientId}"}`;
}
