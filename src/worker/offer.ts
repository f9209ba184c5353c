import type { WorkerMessage } from '../protocol/messages.ts';
import type { RawHandle } from '../system/node-internals.ts';

/** A connection that the primary offers; it must be accepted or refused at once. */
export interface Offer {
  /** Whether its client has had responses on it from another worker. */
  readonly isKept: boolean;
  /** Makes it this worker's; gives nothing where it is somebody else's by now. */
  accept(kind: 'tcp' | 'pipe'): RawHandle | undefined;
  refuse(reason: 'full' | 'closed'): void;
}

/** A connection that came beside a message. */
export function ipcOffer(
  { seq, isKept = false }: { readonly seq: number; readonly isKept?: boolean | undefined },
  client: RawHandle,
  send: (message: WorkerMessage) => void,
): Offer {
  return {
    isKept,
    accept() {
      send({ act: 'accepted', ack: seq });
      return client;
    },
    refuse(reason) {
      client.close();
      send({ act: 'refused', ack: seq, reason });
    },
  };
}
