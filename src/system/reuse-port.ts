import { loadLibc } from './libc.ts';
import type { Libc } from './libc.ts';
import { bindHandle, errnoOf } from './node-internals.ts';
import type { BindRequest, RawHandle } from './node-internals.ts';

/** libuv's flags for SO_REUSEPORT, since 1.49: https://docs.libuv.org/en/v1.x/tcp.html, udp.html */
const UV_TCP_REUSEPORT = 2;
const UV_UDP_REUSEPORT = 64;
/** libuv's flag for both. */
const UV_IPV6ONLY = 1;

const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_REUSEPORT = 15;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK_CLOEXEC = 0o2004000;
const SOCKADDR_IN6_BYTES = 28;

/** Whether several sockets can be bound to one address here, between which the kernel spreads what comes. */
export function canReusePort(): boolean {
  if (process.platform !== 'linux') return false;
  if (nodeCanReusePort(process.versions.node)) return true;
  try {
    loadLibc();
    return true;
  } catch {
    return false;
  }
}

/** Whether Node can do so itself. */
function nodeCanReusePort(nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 12);
}

/** One of several sockets on an address, or a negative error number. */
export function bindReusable(request: BindRequest): RawHandle | number {
  if (!nodeCanReusePort(process.versions.node)) return bindByLibc(request);
  const flag = typeof request.addressType === 'string' ? UV_UDP_REUSEPORT : UV_TCP_REUSEPORT;
  return bindHandle({ ...request, flags: (request.flags ?? 0) | flag });
}

/** The same for a Node whose libuv does not know the option. */
function bindByLibc(request: BindRequest): RawHandle | number {
  if (request.address !== null) return bindAddressByLibc(request, request.address);
  const dual = bindAddressByLibc({ ...request, addressType: 6 }, '::');
  return typeof dual === 'number' ? bindAddressByLibc({ ...request, addressType: 4 }, '0.0.0.0') : dual;
}

function bindAddressByLibc(request: BindRequest, address: string): RawHandle | number {
  const libc = loadLibc();
  const { addressType, port, flags } = request;
  const isDatagram = typeof addressType === 'string';
  const domain = addressType === 6 || addressType === 'udp6' ? AF_INET6 : AF_INET;
  const name = socketAddress(libc, domain, address, port ?? 0);
  if (!name) return errnoOf('EINVAL');
  const fd = libc.socket(domain, (isDatagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK_CLOEXEC, 0);
  if (fd < 0) return -libc.errno();
  const on = new Uint8Array(Int32Array.of(1).buffer);
  if (!isDatagram) libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, on, on.length);
  if (((flags ?? 0) & UV_IPV6ONLY) !== 0) libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, on, on.length);
  const isBound =
    libc.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, on, on.length) === 0 &&
    libc.bind(fd, name, name.length) === 0;
  const errno = isBound ? 0 : -libc.errno();
  const handle = errno === 0 ? bindHandle({ address: null, port: null, addressType, fd }) : errno;
  if (typeof handle === 'number') libc.close(fd);
  return handle;
}

/** `struct sockaddr_in` or `sockaddr_in6`; nothing for what is no address of the kind, or has a zone. */
function socketAddress(libc: Libc, domain: number, address: string, port: number): Uint8Array | undefined {
  const bytes = new Uint8Array(domain === AF_INET6 ? SOCKADDR_IN6_BYTES : 16);
  const binary = new Uint8Array(16);
  if (libc.inet_pton(domain, address, binary) !== 1) return undefined;
  const view = new DataView(bytes.buffer);
  view.setUint16(0, domain, true);
  view.setUint16(2, port);
  if (domain === AF_INET6) bytes.set(binary, 8);
  else bytes.set(binary.subarray(0, 4), 4);
  return bytes;
}
