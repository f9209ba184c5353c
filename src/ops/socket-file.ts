import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { linkSync, lstatSync, renameSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { codeOf } from '../core/error-code.ts';
import { listenPrivately } from './private-socket.ts';

/** Nobody listens there, and on this file nobody ever will again: a socket is bound once. */
const DEAD_CODES: readonly unknown[] = ['ECONNREFUSED', 'ENOENT'];

/** The file of a UNIX socket on which a server of this process listens. */
export class SocketFile {
  readonly #file: string;
  readonly #identity: string | undefined;

  private constructor(file: string) {
    this.#file = file;
    this.#identity = identityOf(file);
  }

  /** Makes a server listen; a file that another has left behind makes room. */
  static async listen(server: net.Server, file: string): Promise<SocketFile> {
    await clear(file);
    await listenPrivately(server, file);
    return new SocketFile(file);
  }

  /**
   * Lets the server stop listening by `close`, and removes the file while it still listens: as long as it does, nobody takes the
   * file for a stale one. Where another's is in its place, that stays: libuv would remove whatever has the name.
   */
  closeBy(close: () => void): void {
    const found = identityOf(this.#file);
    if (found === this.#identity) rmSync(this.#file, { force: true });
    const isAnothers = found !== undefined && found !== this.#identity;
    const aside = asideOf(this.#file);
    if (isAnothers) renameSync(this.#file, aside);
    close();
    if (isAnothers) renameSync(aside, this.#file);
  }
}

/**
 * Removes a socket on which nobody listens. It is moved aside first and looked at again there, since another process may have
 * cleared the place and put its own socket there meanwhile.
 */
async function clear(file: string): Promise<void> {
  if (!lstatSync(file, { throwIfNoEntry: false })?.isSocket() || (await isListenedOn(file))) return;
  const aside = asideOf(file);
  try {
    renameSync(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  try {
    if (await isListenedOn(aside)) linkSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
}

function asideOf(file: string): string {
  return path.join(path.dirname(file), `.${randomBytes(3).toString('hex')}`);
}

/** Whether somebody listens, or it cannot be told. */
async function isListenedOn(file: string): Promise<boolean> {
  const socket = net.connect(file);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return !DEAD_CODES.includes(codeOf(error));
  } finally {
    socket.on('error', () => {}).destroy();
  }
}

function identityOf(file: string): string | undefined {
  const stats = lstatSync(file, { throwIfNoEntry: false, bigint: true });
  return stats && `${stats.dev}:${stats.ino}`;
}
