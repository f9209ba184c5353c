import { bindHandle } from './node-internals.ts';
import type { BindRequest, RawHandle } from './node-internals.ts';

/** libuv's flags for SO_REUSEPORT, since 1.49: https://docs.libuv.org/en/v1.x/tcp.html, udp.html */
const UV_TCP_REUSEPORT = 2;
const UV_UDP_REUSEPORT = 8;

/** Whether several sockets can be bound to one address here, between which the kernel spreads what comes. */
export function canReusePort(platform: NodeJS.Platform, nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  return platform === 'linux' && (major > 22 || (major === 22 && minor >= 12));
}

/** One of several sockets on an address, or a negative error number. */
export function bindReusable(request: BindRequest): RawHandle | number {
  const flag = typeof request.addressType === 'string' ? UV_UDP_REUSEPORT : UV_TCP_REUSEPORT;
  return bindHandle({ ...request, flags: (request.flags ?? 0) | flag });
}
