import { systemError } from './descriptors.ts';
import type { Libc } from './libc.ts';
import type { RawHandle } from './node-internals.ts';

const SOL_SOCKET = 1;
const SO_ATTACH_REUSEPORT_CBPF = 51;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** Where `struct tcp_info` has tcpi_unacked: of a listening socket, how many connections wait to be accepted. */
const WAITING_AT = 24;
const TCP_INFO_BYTES = 104;
const SHUT_RDWR = 2;
const SOCK_FPROG_BYTES = 16;
const INSTRUCTION_BYTES = 8;

/**
 * Has a program choose among the sockets that share an address; it answers with the number of one, in the order in which
 * they came to listen (or, for UDP, were bound). A socket that is closed gives its number to the last one.
 *
 * @param handle any of the sockets
 * @throws What the kernel says.
 */
export function attachProgram(libc: Libc, handle: RawHandle, program: Uint8Array): void {
  const description = new DataView(new ArrayBuffer(SOCK_FPROG_BYTES));
  description.setUint16(0, program.length / INSTRUCTION_BYTES, true);
  description.setBigUint64(8, libc.addressOf(program), true);
  const bytes = new Uint8Array(description.buffer);
  if (libc.setsockopt(handle.fd ?? -1, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, bytes, bytes.length) !== 0) {
    throw systemError('setsockopt', libc.errno());
  }
}

/** Makes a bound socket one of its group without accepting on it. Gives 0 or a negative error number. */
export function startListening(libc: Libc, handle: RawHandle, backlog: number): number {
  return libc.listen(handle.fd ?? -1, backlog) === 0 ? 0 : -libc.errno();
}

/** Takes a listening socket out of its group at once, whoever else has it open. What waits in it is reset. */
export function stopListening(libc: Libc, handle: RawHandle): void {
  libc.shutdown(handle.fd ?? -1, SHUT_RDWR);
}

/** How many connections wait in a listening socket; `undefined` where that cannot be told. */
export function waitingConnections(libc: Libc, handle: RawHandle): number | undefined {
  const info = new Uint8Array(TCP_INFO_BYTES);
  const length = Int32Array.of(TCP_INFO_BYTES);
  if (libc.getsockopt(handle.fd ?? -1, IPPROTO_TCP, TCP_INFO, info, length) !== 0) return undefined;
  return new DataView(info.buffer).getUint32(WAITING_AT, true);
}
