import { lstatSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { GrappoloError } from '../../core/errors.ts';
import { codeOf } from '../../core/error-code.ts';

/** What the place of the folder depends on. */
export interface FolderFacts {
  readonly platform: NodeJS.Platform;
  readonly runtimeDir: string | undefined;
  readonly temporaryDir: string;
  readonly uid: number | undefined;
}

/**
 * Where the control sockets of this user are: in `$XDG_RUNTIME_DIR`, else in the system's temporary directory.
 *
 * @throws {GrappoloError} ERR_GRAPPOLO_CONTROL_UNSUPPORTED on Windows.
 */
export function controlFolder(facts: FolderFacts = processFacts()): string {
  const { platform, runtimeDir, temporaryDir, uid } = facts;
  if (platform === 'win32' || uid === undefined) {
    throw new GrappoloError(
      'ERR_GRAPPOLO_CONTROL_UNSUPPORTED',
      `Cannot control an instance on ${platform}: it takes UNIX sockets, which only the other systems have`,
    );
  }
  // One that is not absolute is to be ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  return runtimeDir !== undefined && path.isAbsolute(runtimeDir)
    ? path.join(runtimeDir, 'grappolo')
    : path.join(temporaryDir, `grappolo-${uid}`);
}

/**
 * Makes the folder where it is missing, and makes sure that nobody else can put anything there.
 *
 * @throws {GrappoloError} ERR_GRAPPOLO_CONTROL_FOLDER.
 */
export function makeSafeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw unusable(folder, messageOf(error), error);
  }
  if (!isSafeFolder(folder)) throw unusable(folder, 'it was removed at this moment');
}

/**
 * Whether the folder is there.
 *
 * @throws {GrappoloError} ERR_GRAPPOLO_CONTROL_FOLDER: it is, and somebody else can put something there.
 */
export function isSafeFolder(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (!stats) return false;
  const uid = process.getuid?.();
  const mode = stats.mode & 0o777;
  if (stats.isSymbolicLink()) throw unusable(folder, 'it is a symbolic link');
  if (!stats.isDirectory()) throw unusable(folder, 'it is no folder');
  if (stats.uid !== uid) throw unusable(folder, `it belongs to user ${stats.uid}, and this is user ${uid}`);
  if (mode & 0o077) {
    throw unusable(
      folder,
      `it is open to others: its mode is 0${mode.toString(8)}, and must be 0700: chmod 700 ${folder}`,
    );
  }
  return true;
}

/**
 * The file of an instance's control socket.
 *
 * @throws {GrappoloError} ERR_GRAPPOLO_CONTROL_FOLDER: no socket can have a path as long as that.
 */
export function socketFile(folder: string, name: string): string {
  return checkPath(path.join(folder, `${name}${SOCKET_ENDING}`));
}

/** `sun_path` holds 108 bytes on Linux and 104 elsewhere, a zero among them; see unix(7). */
const MAX_PATH_BYTES: number = process.platform === 'linux' ? 107 : 103;

const SOCKET_ENDING = '.sock';

/** The name of the instance whose socket a file of the folder may be. */
export function nameOfSocket(file: string): string | undefined {
  return file.endsWith(SOCKET_ENDING) ? file.slice(0, -SOCKET_ENDING.length) : undefined;
}

export function checkPath(file: string): string {
  const bytes = Buffer.byteLength(file);
  if (bytes > MAX_PATH_BYTES) {
    throw new GrappoloError(
      'ERR_GRAPPOLO_CONTROL_FOLDER',
      `Cannot use ${file} as a control socket: its path has ${bytes} bytes, and a socket's can have ${MAX_PATH_BYTES}. ` +
        'Choose a shorter name, or a shorter XDG_RUNTIME_DIR',
    );
  }
  return file;
}

function processFacts(): FolderFacts {
  return {
    platform: process.platform,
    runtimeDir: process.env['XDG_RUNTIME_DIR'],
    temporaryDir: os.tmpdir(),
    uid: process.getuid?.(),
  };
}

function unusable(folder: string, why: string, cause?: unknown): GrappoloError {
  return new GrappoloError(
    'ERR_GRAPPOLO_CONTROL_FOLDER',
    `Cannot use ${folder} for control sockets: ${why}`,
    {
      cause,
    },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
