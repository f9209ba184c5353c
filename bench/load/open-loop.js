import { once } from 'node:events';
import path from 'node:path';

import { startProcess } from '../server.js';

const CLIENT = path.join(import.meta.dirname, 'open-loop-client.js');

/**
 * Sends requests at their time, however long the answers take, each on a connection of its own, from a process of its
 * own.
 *
 * @param load `port`, `ratePerS`, `seconds`, `seed`, `mix` (see arrivals.js), and if wanted `timeoutMs` and `count`, the most
 *   requests to send
 * @returns what open-loop-client.js counts
 */
export async function openLoop(load) {
  const client = startProcess(CLIENT);
  const ended = once(client, 'exit');
  client.send({ timeoutMs: 5_000, ...load });
  const [result] = await Promise.race([
    once(client, 'message'),
    ended.then(([code, signal]) => {
      throw new Error(`the client ended with ${signal ?? code}`);
    }),
  ]);
  await ended;
  return result;
}
