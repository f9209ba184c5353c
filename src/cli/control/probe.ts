import { once } from 'node:events';
import net from 'node:net';

import { codeOf } from '../../core/error-code.ts';

/** Nobody listens there, and on this file nobody ever will again: a socket is bound once. */
const DEAD_CODES: readonly unknown[] = ['ECONNREFUSED', 'ENOENT', 'ENOTSOCK', 'EPROTOTYPE'];
/** Somebody listens and is too busy to take more, or does not let us. */
const LIVE_CODES: readonly unknown[] = ['EAGAIN', 'EACCES'];
/** Somebody did listen, and has just stopped: what is there now shows when it is tried again. */
const STOPPED_CODE = 'ECONNRESET';
const MAX_TRIES = 10;

/**
 * Whether a process listens on a UNIX socket.
 *
 * @throws What keeps this process from finding out, such as EMFILE.
 */
export async function isListenedOn(file: string): Promise<boolean> {
  for (let tries = 1; tries < MAX_TRIES; tries += 1) {
    const code = await connectErrorOf(file);
    if (code !== STOPPED_CODE) return code === undefined || LIVE_CODES.includes(code);
  }
  return true;
}

/** The code of what is wrong, where nobody can be reached; `undefined` where somebody can. */
async function connectErrorOf(file: string): Promise<unknown> {
  const socket = net.connect(file);
  try {
    await once(socket, 'connect');
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === STOPPED_CODE || DEAD_CODES.includes(code) || LIVE_CODES.includes(code)) return code;
    throw error;
  } finally {
    socket.on('error', () => {}).destroy();
  }
}
