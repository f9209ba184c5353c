/** An IPv4 address as such, also where a socket for IPv6 has it in an address of its own kind: RFC 4291, 2.5.5.2. */
export function withoutMapping(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}
