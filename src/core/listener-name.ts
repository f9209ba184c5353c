export interface NamedAddress {
  readonly query: {
    readonly address: string | null;
    readonly port: number | null;
    /** 4 and 6 for TCP, -1 for a UNIX path, 'udp4' and 'udp6' for UDP. */
    readonly addressType: number | 'udp4' | 'udp6';
  };
  /** What was bound; `null` for a UNIX path. */
  readonly name: { readonly address: string; readonly port: number } | null;
}

/** An address as operators read it, such as `'tcp://0.0.0.0:8000'` or `'unix:/run/api.sock'`. */
export function listenerName({ query, name }: NamedAddress): string {
  const { addressType, address, port } = query;
  if (name === null && addressType === -1) return `unix:${(address ?? '').replace(/^\0/, '@')}`;
  const host = name?.address ?? address ?? '';
  const scheme = typeof addressType === 'string' ? 'udp' : 'tcp';
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${name?.port ?? port ?? 0}`;
}
