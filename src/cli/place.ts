import { getSystemErrorMap } from 'node:util';

import type { Address } from '../index.ts';

/**
 * An address as one can use it. What is spoken on a TCP port is not known here; http is right for nearly all programs
 * that are started this way, and makes a link of it; two ports are known for https.
 */
export function placeOf({ address, port, addressType, fd }: Address): string {
  if (fd !== undefined && fd >= 0) return `file descriptor ${fd}`;
  if (typeof addressType === 'string') return `UDP ${hostOf(address)}:${port}`;
  if (addressType === -1) return `UNIX socket ${address}`;
  return `${HTTPS_PORTS.includes(port) ? 'https' : 'http'}://${hostOf(address)}:${port}`;
}

/** What the system says of an error, and its code; the code alone where it is unknown. */
export function systemErrorText(code: string): string {
  const message = [...getSystemErrorMap().values()].find(([name]) => name === code)?.[1];
  return message === undefined ? code : `${message} (${code})`;
}

const HTTPS_PORTS: readonly number[] = [443, 8443];

function hostOf(address: string | null): string {
  if (address === null || address === '' || address === '::' || address === '0.0.0.0') return 'localhost';
  return address.includes(':') ? `[${address}]` : address;
}
