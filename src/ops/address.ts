import net from 'node:net';
import path from 'node:path';

import { GrappoloError } from '../core/errors.ts';
import { withoutMapping } from '../core/ip-address.ts';

/** Where the operations address listens; `text` is what it was given as. */
export type OpsAddress =
  | { readonly type: 'tcp'; readonly host: string; readonly port: number; readonly text: string }
  | { readonly type: 'unix'; readonly path: string; readonly text: string };

export interface Reach {
  readonly allowRemote: boolean;
  readonly hasToken: boolean;
}

/** What the kernel takes as the path of a socket, in bytes; see unix(7). Elsewhere than on Linux it is less. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;
const MAX_PORT = 65_535;
const UNIX = 'unix:';
/** Where `localhost` is, whatever a file of hosts or a name server says. */
const LOCALHOST = '127.0.0.1';

/**
 * Reads `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464` or `unix:/run/api-ops.sock`.
 *
 * @throws {GrappoloError} ERR_GRAPPOLO_OPS_ADDRESS.
 */
export function parseOpsAddress(text: string): OpsAddress {
  return text.startsWith(UNIX) ? unixAddress(text) : tcpAddress(text);
}

/**
 * Refuses what others than this machine can reach, where that was not asked for, or where anybody could come in.
 *
 * @throws {GrappoloError} ERR_GRAPPOLO_OPS_ADDRESS.
 */
export function checkReach(address: OpsAddress, { allowRemote, hasToken }: Reach): void {
  if (address.type === 'tcp' && !isLoopback(address.host) && !allowRemote) {
    throw opsAddressError(
      address.text,
      'other machines could reach it, which is not allowed without allowRemote and a tokenFile (--ops-allow-remote and --ops-token-file FILE)',
    );
  }
  if (allowRemote && !hasToken) {
    throw opsAddressError(
      address.text,
      'remote access is allowed, and there is no token that it asks for: give a tokenFile (--ops-token-file FILE)',
    );
  }
}

export function opsAddressError(text: string, why: string, cause?: unknown): GrappoloError {
  const message = `Cannot use ops ${JSON.stringify(text)}: ${why}`;
  return new GrappoloError('ERR_GRAPPOLO_OPS_ADDRESS', message, { cause });
}

function noAddress(text: string, why: string): GrappoloError {
  const allowed = '127.0.0.1:PORT, [::1]:PORT, localhost:PORT and unix:/PATH';
  return opsAddressError(
    text,
    `${why}. Allowed are ${allowed}, and other addresses of this machine where remote access is allowed and there is a token`,
  );
}

function unixAddress(text: string): OpsAddress {
  const file = text.slice(UNIX.length);
  if (!path.isAbsolute(file) || file.includes('\0') || file.endsWith('/')) {
    throw noAddress(text, 'it names no absolute path of a file');
  }
  const bytes = Buffer.byteLength(file);
  if (bytes > MAX_PATH_BYTES) {
    throw noAddress(text, `its path has ${bytes} bytes, and a socket's can have ${MAX_PATH_BYTES}`);
  }
  return { type: 'unix', path: file, text };
}

function tcpAddress(text: string): OpsAddress {
  const [, bracketed, plain, digits] = /^(?:\[([^[\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  if (digits === undefined) throw noAddress(text, 'it is no address with a port');
  const port = Number(digits);
  if (port > MAX_PORT) throw noAddress(text, `there is no port above ${MAX_PORT}`);
  if (bracketed !== undefined) {
    if (!net.isIPv6(bracketed)) throw noAddress(text, `[${bracketed}] is no IPv6 address`);
    return { type: 'tcp', host: bracketed.toLowerCase(), port, text };
  }
  const host = plain?.toLowerCase() === 'localhost' ? LOCALHOST : String(plain);
  // A name would be looked up, and could be somebody else's answer.
  if (!net.isIPv4(host))
    throw noAddress(text, `${JSON.stringify(host)} is neither localhost nor an IP address`);
  return { type: 'tcp', host, port, text };
}

function isLoopback(host: string): boolean {
  const address = withoutMapping(host);
  return net.isIPv4(address) ? address.startsWith('127.') : LOOPBACK.check(address, 'ipv6');
}

/** In whatever spelling. */
const LOOPBACK = new net.BlockList();
LOOPBACK.addAddress('::1', 'ipv6');
