import type net from 'node:net';

import { own } from '../own.ts';

/** As many as a server lets wait that says nothing of it. */
const MAX_TURNS = 511;

/** Calls back when a server has accepted what waited on its socket: it accepts one connection in each turn. */
export function acceptWaiting(server: net.Server, onAccepted: () => void): void {
  let hasAccepted = false;
  let turns = 0;
  const onConnection = (): void => void (hasAccepted = true);
  const look = (): void => {
    turns += 1;
    if (hasAccepted && turns < MAX_TURNS && server.listening) {
      hasAccepted = false;
      own.setImmediate(look);
      return;
    }
    server.off('connection', onConnection);
    onAccepted();
  };
  server.on('connection', onConnection);
  // The first comes before the poll where the turn has polled already.
  hasAccepted = true;
  own.setImmediate(look);
}
