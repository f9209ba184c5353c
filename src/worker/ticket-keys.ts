/** What a tls.Server, and so one of https and http2, has to share its sessions. */
interface TicketKeeper {
  getTicketKeys(): Buffer;
  setTicketKeys(keys: Buffer): void;
}

/** The TLS session ticket keys of a server as base64; `undefined` for what is no TLS server. */
export function readTicketKeys(target: object): string | undefined {
  return isTicketKeeper(target) ? target.getTicketKeys().toString('base64') : undefined;
}

export function writeTicketKeys(target: object, keys: string): void {
  if (isTicketKeeper(target)) target.setTicketKeys(Buffer.from(keys, 'base64'));
}

function isTicketKeeper(target: object): target is TicketKeeper {
  const { getTicketKeys, setTicketKeys } = target as Partial<TicketKeeper>;
  return typeof getTicketKeys === 'function' && typeof setTicketKeys === 'function';
}
