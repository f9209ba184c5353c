import { randomBytes } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type { Server } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { GrappoloError } from '../../core/errors.ts';
import { codeOf } from '../../core/error-code.ts';
import { listenPrivately } from '../../ops/private-socket.ts';
import { checkPath, socketFile } from './folder.ts';
import { isListenedOn } from './probe.ts';

/** How often somebody who holds the lock is looked at, and for how long: it takes a millisecond to be done with it. */
const LOCK_POLL_MS = 10;
const LOCK_TIMEOUT_MS = 10_000;

/** What clears temporary directories leaves what is younger than some days. */
const TOUCH_MS = 3_600_000;

/** The file of a socket that a server of this process listens on, under a name that only one process has at a time. */
export class SocketFile {
  readonly file: string;
  readonly #identity: string;
  readonly #timer: NodeJS.Timeout;

  constructor(file: string) {
    this.file = file;
    this.#identity = identityOf(file) ?? '';
    this.#timer = setInterval(() => this.#touch(), TOUCH_MS).unref();
  }

  /**
   * Removes the file, unless another has been put in its place. To be called while the server still listens: as long as it
   * does, nobody takes the file for a stale one.
   */
  remove(): void {
    clearInterval(this.#timer);
    try {
      if (identityOf(this.file) === this.#identity) rmSync(this.file, { force: true });
    } catch {
      // The next one of this name replaces it.
    }
  }

  #touch(): void {
    try {
      if (identityOf(this.file) === this.#identity) utimesSync(this.file, new Date(), new Date());
    } catch {
      // It is gone, and who removed it wanted that.
    }
  }
}

/**
 * Makes a server listen on the socket of a name in a folder, which is safe; `undefined` where another process does.
 *
 * The server listens under a name of its own first. The lock is a folder with the entry of who holds it; it comes into
 * being by a rename, which fails where it exists and is not empty. As an entry's name is never used again, whoever finds
 * that its holder is dead can remove it without removing another's. The holder alone looks whether the final name is in
 * use, and moves its socket there. So of any number of starts one wins, whatever moment each of them, or the last owner,
 * dies at.
 */
export async function listenUnder(
  server: Server,
  folder: string,
  name: string,
): Promise<SocketFile | undefined> {
  const file = socketFile(folder, name);
  if (await isListenedOn(file)) return undefined;
  const entry = `${process.pid}-${randomBytes(6).toString('base64url')}`;
  const ownFile = hiddenFile(folder, entry);
  await listenPrivately(server, ownFile);
  const lock = path.join(folder, `${name}.lock`);
  try {
    await acquire(lock, folder, entry);
    if (await isListenedOn(file)) return undefined;
    renameSync(ownFile, file);
    return new SocketFile(file);
  } finally {
    release(lock, entry);
    // Where it was moved, there is none.
    rmSync(ownFile, { force: true });
  }
}

async function acquire(lock: string, folder: string, entry: string): Promise<void> {
  const prepared = `${hiddenFile(folder, entry)}.lock`;
  mkdirSync(prepared, { mode: 0o700 });
  try {
    writeFileSync(path.join(prepared, entry), '');
    const deadline = performance.now() + LOCK_TIMEOUT_MS;
    while (!isMovedTo(lock, prepared)) {
      const holder = await livingHolder(lock, folder);
      if (holder === undefined) continue;
      if (performance.now() > deadline) throw isStarting(lock, holder);
      await delay(LOCK_POLL_MS);
    }
  } finally {
    rmSync(prepared, { recursive: true, force: true });
  }
}

function isMovedTo(lock: string, prepared: string): boolean {
  try {
    renameSync(prepared, lock);
    return true;
  } catch (error) {
    // POSIX leaves open which of the two it is.
    if (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Who holds the lock; the entries of the dead are removed. */
async function livingHolder(lock: string, folder: string): Promise<string | undefined> {
  for (const entry of entriesOf(lock)) {
    const ownFile = hiddenFile(folder, entry);
    // A holder that has moved its socket to the final name is done.
    if (await isListenedOn(ownFile)) return entry;
    rmSync(path.join(lock, entry), { recursive: true, force: true });
    rmSync(ownFile, { force: true });
  }
  return undefined;
}

function release(lock: string, entry: string): void {
  rmSync(path.join(lock, entry), { force: true });
  try {
    rmdirSync(lock);
  } catch {
    // The next one holds it, or has removed it.
  }
}

function entriesOf(lock: string): string[] {
  try {
    return readdirSync(lock);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Where the holder with this entry listens at first. Short, since a socket's path has to be. */
function hiddenFile(folder: string, entry: string): string {
  return checkPath(path.join(folder, `.${entry.slice(entry.indexOf('-') + 1)}`));
}

function identityOf(file: string): string | undefined {
  // As long as a socket is bound, no other file gets its number.
  const stats = lstatSync(file, { throwIfNoEntry: false, bigint: true });
  return stats && `${stats.dev}:${stats.ino}`;
}

function isStarting(lock: string, holder: string): GrappoloError {
  const name = path.basename(lock, '.lock');
  const [pid] = holder.split('-');
  return new GrappoloError(
    'ERR_GRAPPOLO_NAME_TAKEN',
    `Cannot start as "${name}": process ${pid} has been starting under this name for more than ${LOCK_TIMEOUT_MS / 1000} s`,
  );
}
