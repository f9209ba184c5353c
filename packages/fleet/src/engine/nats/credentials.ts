import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

import {
  credsAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node';
import type { Authenticator } from '@nats-io/transport-node';

import { FleetError } from '../../errors.ts';

/** More is some other file. */
const MAX_BYTES = 64 * 1024;
const KINDS = 'a .creds file, a line "token: …", or two lines "user: …" and "password: …"';

/**
 * Who this host is, by a file that nobody else can read. It is read anew at each connection, so that it may be replaced; where that
 * fails later on, what it said last goes on.
 *
 * @throws {FleetError} ERR_FLEET_CREDENTIALS
 */
export function readCredentials(file: string): Authenticator {
  let authenticator = parse(file, readPrivate(file));
  return (nonce) => {
    try {
      authenticator = parse(file, readPrivate(file));
    } catch {
      // It may just be being replaced, and nobody waits for this: a server that has enough of the old one says so itself.
    }
    return authenticator(nonce);
  };
}

function parse(file: string, text: string): Authenticator {
  if (text.includes('-----BEGIN NATS USER JWT-----')) return creds(file, text);
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const pairs = lines.map((line) => /^\s*(token|user|password)\s*:\s*(\S.*?)\s*$/.exec(line));
  const said = new Map(pairs.map((pair) => [pair?.[1], pair?.[2]]));
  const [token, user, password] = ['token', 'user', 'password'].map((each) => said.get(each));
  if (lines.length === 1 && token !== undefined) return tokenAuthenticator(token);
  if (lines.length === 2 && user !== undefined && password !== undefined) {
    return usernamePasswordAuthenticator(user, password);
  }
  throw credentialsError(file, `it must be ${KINDS}`);
}

function creds(file: string, text: string): Authenticator {
  const authenticator = credsAuthenticator(new TextEncoder().encode(text));
  try {
    authenticator('a nonce, to try the seed');
  } catch (error) {
    throw credentialsError(file, 'it is a damaged .creds file', error);
  }
  return authenticator;
}

function readPrivate(file: string): string {
  // One descriptor for all, so that what is looked at is what is read. A pipe must not hold up the start.
  const descriptor = open(file);
  try {
    const stats = fstatSync(descriptor);
    const uid = process.geteuid?.();
    const mode = stats.mode & 0o777;
    if (!stats.isFile()) throw credentialsError(file, 'it is no regular file');
    // A secret of Kubernetes is root's, and its group is that of the pod alone: https://kubernetes.io/docs/concepts/storage/volumes/
    const others = stats.uid === 0 && uid !== 0 ? 0o037 : 0o077;
    // Windows has no such bits, and shows all of them.
    if (uid !== undefined && (mode & others) !== 0) {
      throw credentialsError(
        file,
        `it is open to others: its mode is 0${mode.toString(8)}, and must be 0600`,
      );
    }
    if (stats.size > MAX_BYTES) throw credentialsError(file, `it has more than ${MAX_BYTES} bytes`);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

function open(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw credentialsError(file, error instanceof Error ? error.message : String(error), error);
  }
}

function credentialsError(file: string, why: string, cause?: unknown): FleetError {
  return new FleetError('ERR_FLEET_CREDENTIALS', `Cannot take the credentials of ${file}: ${why}`, { cause });
}
