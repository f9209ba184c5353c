import { withoutMapping } from '../core/ip-address.ts';
import { roundRobin } from './round-robin.ts';
import type { ConnectionInfo, Scheduler, WorkerSnapshot } from './scheduler.ts';

/**
 * The same worker for all connections of a client's address, by rendezvous hashing over the slots (Thaler and
 * Ravishankar 1998): a worker's successor gets its clients, and when there is a worker more or less only the clients
 * of that one move. Connections without an address go in turn.
 */
export function sticky(): Scheduler {
  const others = roundRobin();
  return {
    name: 'sticky',
    needs: ['address'],
    pick(workers: readonly WorkerSnapshot[], connection: ConnectionInfo): number | 'wait' {
      const { remoteAddress } = connection;
      if (remoteAddress === undefined) return others.pick(workers, connection);
      const client = hash(withoutMapping(remoteAddress));
      let picked: number | 'wait' = 'wait';
      let highest = -1;
      for (const { id, slot } of workers) {
        const weight = mix(client ^ Math.imul(slot + 1, 0x9e37_79b1));
        if (weight <= highest) continue;
        highest = weight;
        picked = id;
      }
      return picked;
    },
  };
}

/** FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(text: string): number {
  let value = 0x811c_9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x0100_0193);
  return value;
}

/** The finalizer of MurmurHash3, which spreads every bit over all: https://github.com/aappleby/smhasher */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
