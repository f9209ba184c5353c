import type { WorkerMessage } from '../protocol/messages.ts';
import type { RawHandle } from '../system/node-internals.ts';

/** A connection that the primary offers; it must be accepted or refused at once. */
export interface Offer {
  /** Makes it this worker's; gives nothing where it is somebody else's by now. */
  accept(kind: 'tcp' | 'pipe'): RawHandle | undefined;
  refuse(reason: 'full' | 'closed'): void;
}

/** A connection that came beside a message. */
export function ipcOffer(seq: number, client: RawHandle, send: (message: WorkerMessage) => void): Offer {
  return {
    accept() {
      send({ act: 'accepted', seq });
      return client;
    },
    refuse(reason) {
      client.close();
      send({ act: 'refused', seq, reason });
    },
  };
}
