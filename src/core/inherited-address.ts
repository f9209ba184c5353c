import { URL } from 'node:url';

/** What a socket is bound to that this process was started with. */
export type InheritedName =
  | { readonly kind: 'tcp' | 'udp4' | 'udp6'; readonly address: string; readonly port: number }
  /** A name in the abstract namespace begins with NUL. */
  | { readonly kind: 'unix'; readonly path: string };

/** What a server wants to be bound to, as net and dgram ask for it. */
export interface WantedAddress {
  readonly address: string | null;
  readonly port: number | null;
  readonly addressType: number | 'udp4' | 'udp6';
}

/** The place of the socket that has the wanted address; -1 where none has. */
export function findInherited(wanted: WantedAddress, names: readonly InheritedName[]): number {
  const spellings = spellingsOf(wanted);
  for (const spelling of spellings) {
    const at = names.findIndex((name) => spellingOf(name) === spelling);
    if (at !== -1) return at;
  }
  return -1;
}

/**
 * Best first. No host means every host, as a single process binds it: IPv6's, which is for IPv4 as well, or else IPv4's. Every host
 * of IPv4 can be had of IPv6's, too, beside which it could not be bound.
 */
function spellingsOf({ address, port, addressType }: WantedAddress): string[] {
  if (addressType === -1) return address === null ? [] : [`unix ${address}`];
  if (port === null || port <= 0) return [];
  const kind = typeof addressType === 'string' ? addressType : 'tcp';
  const hosts =
    address === null
      ? everyHost(kind)
      : kind === 'tcp' && address === '0.0.0.0'
        ? [address, '::']
        : [address];
  return hosts.map((host) => spellingOf({ kind, address: host, port }));
}

/** A UDP socket speaks one family alone. */
function everyHost(kind: 'tcp' | 'udp4' | 'udp6'): string[] {
  if (kind === 'tcp') return ['::', '0.0.0.0'];
  return [kind === 'udp6' ? '::' : '0.0.0.0'];
}

function spellingOf(name: InheritedName): string {
  return name.kind === 'unix' ? `unix ${name.path}` : `${name.kind} ${shortest(name.address)} ${name.port}`;
}

/** An IPv6 address may be written in many ways. */
function shortest(address: string): string {
  if (!address.includes(':')) return address;
  try {
    return new URL(`http://[${address}]`).hostname;
  } catch {
    // With a zone.
    return address;
  }
}

/** In words for people: where it listens, and the name that the unit gives it. */
export function inheritedText(name: InheritedName, label: string | undefined): string {
  const where =
    name.kind === 'unix'
      ? name.path.replace(/^\0/, '@')
      : `${name.address.includes(':') ? `[${name.address}]` : name.address}:${name.port}`;
  return label === undefined ? where : `${where} (${label})`;
}
