import net from 'node:net';

import { withoutMapping } from '../core/ip-address.ts';
import type { OpsAddress } from './address.ts';

/** Where a request came to. */
export interface Arrival {
  readonly address: OpsAddress;
  /** Of the connection. */
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  /** Names with a port, or without for any port; in lower case. */
  readonly allowHosts: readonly string[];
}

/** What a request says of where it was sent to, and from. */
export interface Provenance {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`: what a browser knows of the page that sends it. */
  readonly site: string | undefined;
}

const DEFAULT_PORT = 80;

/**
 * Whether `Host` is a name of this address. A page whose own name was made to point here has its own name in it, and is so kept
 * from reading what only this machine is to see. An address in figures cannot be made to point elsewhere.
 */
export function isOwnHost(host: string | undefined, arrival: Arrival): boolean {
  const { address, localAddress, localPort, allowHosts } = arrival;
  const { name, port } = partsOf(host ?? '');
  if (allowHosts.includes(name) || allowHosts.includes(`${name}:${port}`)) return name !== '';
  if (address.type === 'unix') return name === '' || name === 'localhost';
  const own = ['localhost', '127.0.0.1', '[::1]', inUrl(address.host), inUrl(localAddress ?? '')];
  return name !== '' && own.includes(name) && port === (localPort ?? address.port);
}

/** Whether a request that changes something comes from our own page, or from no page at all. Its host is known to be ours. */
export function isOwnPage(
  { host, origin, site }: Provenance,
  { allowHosts }: Pick<Arrival, 'allowHosts'>,
): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  if (origin === undefined) return true;
  const authority = (host ?? '').toLowerCase();
  const { name, port } = partsOf(authority);
  // Before a host that was named there may be a proxy that speaks TLS.
  const isNamed = allowHosts.includes(name) || allowHosts.includes(`${name}:${port}`);
  return origin === `http://${authority}` || (isNamed && origin === `https://${authority}`);
}

function partsOf(host: string): { name: string; port: number } {
  const [, name, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(host.toLowerCase()) ?? [];
  return { name: name ?? '?', port: port === undefined ? DEFAULT_PORT : Number(port) };
}

/** An IP address as it stands in a URL. */
export function inUrl(address: string): string {
  const plain = withoutMapping(address);
  return net.isIPv6(plain) ? `[${plain}]` : plain;
}
