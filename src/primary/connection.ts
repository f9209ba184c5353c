import type { Connection } from '../lanes/lane.ts';
import type { AcceptedSocket } from '../system/accepted-socket.ts';

let lastSeq = 0;

/** @param isKept whether a worker had it before */
export function newConnection(listener: number, socket: AcceptedSocket, isKept = false): Connection {
  lastSeq += 1;
  return { seq: lastSeq, listener, socket, isKept };
}
