import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

import { codeOf } from '../core/error-code.ts';
import { GrappoloError } from '../core/errors.ts';

const HOW_TO = 'One is made by: umask 077; openssl rand -hex 32 > ';
const MIN_LENGTH = 16;
/** More is no token, but some other file. */
const MAX_BYTES = 4096;

/**
 * The token in a file that nobody but its owner, this user or root, can read.
 *
 * @throws {GrappoloError} ERR_GRAPPOLO_OPS_TOKEN.
 */
export function readTokenFile(file: string): string {
  // One descriptor for all, so that what is looked at is what is read. A pipe must not hold up the start.
  const descriptor = open(file);
  try {
    const stats = fstatSync(descriptor);
    const uid = process.geteuid?.();
    const mode = stats.mode & 0o777;
    if (!stats.isFile()) throw tokenError(file, 'it is no regular file');
    if (uid !== undefined && stats.uid !== uid && stats.uid !== 0) {
      throw tokenError(file, `it belongs to user ${stats.uid}, and this is user ${uid}`);
    }
    // A secret of Kubernetes is root's, and its group is that of the pod alone: https://kubernetes.io/docs/concepts/storage/volumes/
    const others = stats.uid === 0 && uid !== 0 ? 0o037 : 0o077;
    // Windows has no such bits, and shows all of them.
    if (uid !== undefined && (mode & others) !== 0) {
      throw tokenError(
        file,
        `it is open to others: its mode is 0${mode.toString(8)}, and must be 0600: chmod 600 ${file}`,
      );
    }
    if (stats.size > MAX_BYTES) throw tokenError(file, `it has more than ${MAX_BYTES} bytes`);
    return checkToken(file, readFileSync(descriptor, 'utf8').trim());
  } finally {
    closeSync(descriptor);
  }
}

function open(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw tokenError(file, `there is no such file. ${HOW_TO}${file}`, error);
    throw tokenError(file, error instanceof Error ? error.message : String(error), error);
  }
}

function checkToken(file: string, token: string): string {
  if (token.length < MIN_LENGTH) {
    throw tokenError(file, `its token has ${token.length} characters, and needs ${MIN_LENGTH}`);
  }
  // Nothing else goes through a header as it is.
  if (!/^[!-~]+$/.test(token)) throw tokenError(file, 'its token has others than printable ASCII characters');
  return token;
}

function tokenError(file: string, why: string, cause?: unknown): GrappoloError {
  return new GrappoloError('ERR_GRAPPOLO_OPS_TOKEN', `Cannot take the token of ${file}: ${why}`, { cause });
}
