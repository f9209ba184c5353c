import dgram from 'node:dgram';
import { rmSync } from 'node:fs';
import type http from 'node:http';
import net from 'node:net';
import { getSystemErrorMap } from 'node:util';

import { GrappoloError } from '../core/errors.ts';
import type { SocketName } from '../protocol/messages.ts';
import { debug } from './debug.ts';

/**
 * The seam to Node: everything undocumented that the library stands on, checked when it is first needed.
 *
 * net and dgram work on raw handles. Those are what the primary binds, what travels to workers, and what a server in
 * a worker is given in place of one that it bound by itself.
 */

/** A raw TCP, pipe or UDP handle, as far as it is used here. A method may be missing where the kind has none. */
export interface RawHandle {
  /** The descriptor behind it, where the platform has such; -1 once it is closed. */
  readonly fd?: number;
  close(callback?: () => void): void;
  ref(): void;
  unref(): void;
  listen?(backlog: number): number;
  getsockname?(out: Partial<SocketName>): number;
  getpeername?(out: Partial<SocketName>): number;
  fchmod?(mode: number): number;
  onconnection?: ((status: number, client: RawHandle | undefined) => void) | undefined;
}

/** What a raw handle is to be bound to; `null` and -1 as net and dgram use them. */
export interface BindRequest {
  readonly address: string | null;
  readonly port: number | null;
  readonly addressType: number | 'udp4' | 'udp6';
  readonly fd?: number | null | undefined;
  readonly flags?: number | null | undefined;
  readonly readableAll?: boolean | undefined;
  readonly writableAll?: boolean | undefined;
}

/** A bound handle that does not accept yet, or a negative error number. */
export function bindHandle(request: BindRequest): RawHandle | number {
  return typeof request.addressType === 'string' ? bindDatagram(request) : bindStream(request);
}

type CreateServerHandle = (
  address: string | null,
  port: number | null,
  addressType: number,
  fd?: number | null,
  flags?: number | null,
) => RawHandle | number;

function bindStream(request: BindRequest): RawHandle | number {
  const { address, port, addressType, fd, flags } = request;
  // Looked up at each call: programs and test tools replace it.
  const create = hook<CreateServerHandle>(net, '_createServerHandle', 'net._createServerHandle');
  const hasFd = typeof fd === 'number' && fd >= 0;
  if (address !== null || hasFd || typeof addressType === 'string') {
    const handle = create(address, port, Number(addressType), fd, flags);
    return typeof handle === 'number' ? handle : openToAll(handle, request);
  }
  // No host was named: everything, which is IPv6's wildcard where there is IPv6.
  const dual = create('::', port, 6, fd, flags);
  return typeof dual === 'number' ? create('0.0.0.0', port, 4, fd, flags) : dual;
}

/** Has a file removed when a handle is closed. */
export function removeOnClose(handle: RawHandle, file: string): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its handle below
  const { close } = handle;
  handle.close = function (this: RawHandle, callback?: () => void): void {
    close.call(this, callback);
    rmSync(file, { force: true });
  };
}

const UV_READABLE = 1;
const UV_WRITABLE = 2;

/** Applies `readableAll` and `writableAll` of a UNIX path. */
function openToAll(handle: RawHandle, { readableAll, writableAll }: BindRequest): RawHandle | number {
  const mode = (readableAll === true ? UV_READABLE : 0) | (writableAll === true ? UV_WRITABLE : 0);
  if (mode === 0 || !handle.fchmod) return handle;
  const errno = handle.fchmod(mode);
  if (errno === 0) return handle;
  handle.close();
  return errno;
}

interface UdpHandle extends RawHandle {
  bind(address: string, port: number, flags: number): number;
  bind6(address: string, port: number, flags: number): number;
  open(fd: number): number;
}

function bindDatagram({ address, port, addressType, fd, flags }: BindRequest): RawHandle | number {
  const handle = new (udpConstructor())();
  const isFour = addressType === 'udp4';
  let errno: number;
  if (typeof fd === 'number' && fd >= 0) errno = openErrno(handle.open(fd));
  else if (isFour) errno = handle.bind(address ?? '0.0.0.0', port ?? 0, flags ?? 0);
  else errno = handle.bind6(address ?? '::', port ?? 0, flags ?? 0);
  if (errno === 0) return handle;
  handle.close();
  return errno;
}

/** Where dgram itself opens a descriptor, what is no socket counts as a wrong argument. */
function openErrno(errno: number): number {
  return errno === errnoOf('EBADF') || errno === errnoOf('ENOTSOCK') ? errnoOf('EINVAL') : errno;
}

interface StreamHandle extends RawHandle {
  open(fd: number): number;
}

export interface PipeHandle extends StreamHandle {
  onread: () => void;
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
}

/** What Node's stream handles take for a connection, as opposed to a server. */
const CONNECTION = 0;

type StreamConstructor<H> = new (type: number) => H;

let tcp: StreamConstructor<StreamHandle> | undefined;
let pipe: StreamConstructor<PipeHandle> | undefined;

/**
 * Gets to know the kinds of handles from some that it makes and closes. Where this process has no descriptor left for
 * one, that is made up for when it is needed.
 */
export function learnHandles(): void {
  tcpConstructor();
  pipeConstructor();
}

/** The handle of a connection whose descriptor came from elsewhere, or a negative error number. */
export function openConnection(fd: number, kind: 'tcp' | 'pipe'): RawHandle | number {
  return kind === 'pipe' ? openPipe(fd) : openAs(tcpConstructor(), fd);
}

/** A pipe handle on whatever can be read and polled, or a negative error number. */
export function openPipe(fd: number): PipeHandle | number {
  return openAs(pipeConstructor(), fd);
}

function openAs<H extends StreamHandle>(kind: StreamConstructor<H> | number, fd: number): H | number {
  if (typeof kind === 'number') return kind;
  const handle = new kind(CONNECTION);
  const errno = handle.open(fd);
  if (errno === 0) return handle;
  handle.close();
  return errno;
}

function tcpConstructor(): StreamConstructor<StreamHandle> | number {
  if (tcp) return tcp;
  const found = constructorOf<StreamHandle>({ address: null, port: 0, addressType: 4 });
  if (typeof found !== 'number') tcp = found;
  return found;
}

function pipeConstructor(): StreamConstructor<PipeHandle> | number {
  if (pipe) return pipe;
  // A name in Linux's abstract namespace, which leaves no file. Random as it need be: node:crypto takes 4 ms to load.
  const address = `\0grappolo-${process.pid}-${Math.random()}`;
  const found = constructorOf<PipeHandle>({ address, port: -1, addressType: -1 });
  if (typeof found !== 'number') pipe = found;
  return found;
}

/** The class of a handle, or the negative error number for which none could be made just now. */
function constructorOf<H>(request: BindRequest): StreamConstructor<H> | number {
  const handle = bindStream({ ...request, fd: null, flags: null });
  if (typeof handle === 'number') return handle;
  handle.close();
  return handle.constructor as StreamConstructor<H>;
}

let udp: (new () => UdpHandle) | undefined;

function udpConstructor(): new () => UdpHandle {
  if (udp) return udp;
  const socket = dgram.createSocket('udp4');
  const handle = stateOf(socket)?.handle;
  socket.close();
  if (typeof handle !== 'object' || handle === null) throw unsupported('the handle of a dgram.Socket');
  udp = handle.constructor as new () => UdpHandle;
  return udp;
}

/** Whether a UDP socket was created with `reusePort`. */
export function usesReusePort(socket: dgram.Socket): boolean {
  return stateOf(socket)?.reusePort === true;
}

interface SocketState {
  readonly handle?: unknown;
  readonly reusePort?: unknown;
}

function stateOf(socket: dgram.Socket): SocketState | undefined {
  return valueOf(socket, 'state symbol') as SocketState | undefined;
}

/** What an object keeps under a symbol of Node's own. */
function valueOf(owner: object, description: string): unknown {
  const key = Object.getOwnPropertySymbols(owner).find((symbol) => symbol.description === description);
  return key && Reflect.get(owner, key);
}

/** The name that a handle is bound to, `null` for one that has none, or a negative error number. */
export function socketName(handle: RawHandle): SocketName | number | null {
  if (!handle.getsockname) return null;
  const out: Partial<SocketName> = {};
  const errno = handle.getsockname(out);
  if (errno !== 0) return errno;
  return { address: out.address ?? '', family: out.family ?? '', port: out.port ?? 0 };
}

/** Whether a TCP port can be listened on right now. */
export function isPortFree(port: number, host = '127.0.0.1'): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  const literal = net.isIP(address);
  const handle = bindStream({
    address: literal === 0 ? '127.0.0.1' : address,
    port,
    addressType: literal === 6 ? 6 : 4,
  });
  if (typeof handle === 'number') return false;
  const errno = handle.listen?.(1) ?? 0;
  handle.close();
  return errno === 0;
}

/** The negative number of a named system error, as libuv counts it on this platform. */
export function errnoOf(name: string): number {
  // Not node:os, which takes a worker another 0.3 ms to load.
  for (const [errno, [each]] of getSystemErrorMap()) if (each === name) return errno;
  throw new Error(`This system does not know ${name}`);
}

/**
 * Gives a handle that listens a net.Server for its owner, which was told to listen on it, as the one of a single process has:
 * tools ask handles for their owners, or watch servers listen. Connections come to `onconnection` alone.
 */
export function ownByServer(
  handle: RawHandle,
  { address, port, backlog }: { address: string | null; port: number | null; backlog: number },
  onconnection: NonNullable<RawHandle['onconnection']>,
): void {
  const server = new net.Server();
  server.on('error', () => {});
  try {
    const options = { _handle: handle, host: address ?? undefined, port: port ?? undefined, backlog };
    server.listen(options, backlog as unknown as () => void);
  } catch (error) {
    // It listens already. What a program has put in place of listen() may do anything.
    debug('no server can own a handle: %s', (error as Error).message);
  }
  handle.onconnection = onconnection;
}

/** What a listening net.Server keeps for itself and a cluster must know. */
interface ServerInternals {
  _connections: number;
  _emitCloseIfDrained(): void;
  maxConnections?: number | null;
  dropMaxConnection?: boolean;
}

function internalsOf(server: net.Server): ServerInternals {
  return server as unknown as ServerInternals;
}

/** Whether a server has as many connections as it allows; 0 allows none, on each version of Node. */
export function isFull(server: net.Server): boolean {
  return placesLeft(server) <= 0;
}

/** How many connections a server allows beside those that it has; Infinity where it has no limit. */
export function placesLeft(server: net.Server): number {
  const { maxConnections, _connections } = internalsOf(server);
  return (maxConnections ?? Infinity) - _connections;
}

/** How many connections a server has open. */
export function openConnections(server: net.Server): number {
  return internalsOf(server)._connections;
}

/** Whether a full server wants to drop what comes rather than to see another worker have it. */
export function dropsWhenFull(server: net.Server): boolean {
  return internalsOf(server).dropMaxConnection === true;
}

/** The id by which async_hooks know a listening server, 0 where this Node does not tell. */
export function asyncIdOf(server: net.Server): number {
  const id = valueOf(server, 'async_id_symbol');
  return typeof id === 'number' && id > 0 ? id : 0;
}

/** Calls `onClosed` after each connection of a server that closes. */
export function watchConnectionsClosing(server: net.Server, onClosed: () => void): void {
  const internals = internalsOf(server);
  // oxlint-disable-next-line typescript/unbound-method -- called with its server below
  const emitCloseIfDrained = internals._emitCloseIfDrained;
  internals._emitCloseIfDrained = function (this: net.Server): void {
    emitCloseIfDrained.call(this);
    onClosed();
  };
}

/** A connection on which a server speaks HTTP/1. */
export interface HttpConnection {
  readonly socket: net.Socket;
  /** The response that is under way, or the first of those. */
  readonly response: http.ServerResponse | undefined;
  /** Whether a request has begun that has not come to its end; also before the first one. */
  readonly isReceiving: boolean;
}

interface HttpParser {
  readonly socket?: net.Socket | null;
}

/** What an HTTP server keeps of its connections, upgraded ones excepted. */
interface HttpConnections {
  all(): HttpParser[];
  active(): HttpParser[];
}

/** The HTTP/1 connections of a server; `undefined` where it has none, or this Node does not tell. */
export function httpConnections(server: net.Server): HttpConnection[] | undefined {
  const list = valueOf(server, 'http.server.connections') as HttpConnections | undefined;
  if (typeof list?.all !== 'function' || typeof list.active !== 'function') return undefined;
  const receiving = new Set(list.active());
  return list.all().flatMap((parser) => {
    const { socket } = parser;
    return socket ? [{ socket, response: responseOn(socket), isReceiving: receiving.has(parser) }] : [];
  });
}

interface HttpSocket extends net.Socket {
  readonly _httpMessage?: http.ServerResponse | null;
  readonly parser?: { readonly incoming?: http.IncomingMessage | null } | null;
}

/** The response that is under way on a connection, or the first of those. */
export function responseOn(socket: net.Socket): http.ServerResponse | undefined {
  return (socket as HttpSocket)._httpMessage ?? undefined;
}

/** Whether a client has sent another request without waiting for this response. */
export function isFollowed({ req }: http.ServerResponse): boolean {
  const incoming = (req.socket as HttpSocket).parser?.incoming;
  return incoming !== undefined && incoming !== null && incoming !== req;
}

/** Keeps a connection that Node would close when this response, of which the headers are written, is finished. */
export function keepAfter(response: http.ServerResponse): void {
  Reflect.set(response, '_last', false);
}

/**
 * The handle of a connection to which nothing is left to be sent, and from which nothing is read any more; `undefined`
 * where that cannot be. What a client sends stays in the kernel then. Not for TLS, whose state is this process's.
 */
export function pausedHandle(socket: net.Socket): RawHandle | undefined {
  const handle = Reflect.get(socket, '_handle') as ConnectionHandle | null | undefined;
  if (!handle || typeof handle.readStop !== 'function') return undefined;
  if (socket.writableLength > 0 || handle.writeQueueSize > 0) return undefined;
  return handle.readStop() === 0 ? handle : undefined;
}

interface ConnectionHandle extends RawHandle {
  /** In bytes. */
  readonly writeQueueSize: number;
  readStop(): number;
}

/** The socket that a server has made of a connection's handle. */
export function socketOf(handle: RawHandle): net.Socket | undefined {
  const owner = valueOf(handle, 'owner_symbol');
  return owner instanceof net.Socket ? owner : undefined;
}

/** The sockets of a TLS server's clients that have not even begun a handshake; none where this Node does not tell. */
export function silentClients(server: net.Server): net.Socket[] {
  const handles = (process as { _getActiveHandles?: () => unknown[] })._getActiveHandles?.() ?? [];
  return handles.filter(
    (handle): handle is net.Socket =>
      handle instanceof net.Socket && Reflect.get(handle, 'server') === server && handle.bytesRead === 0,
  );
}

/** Throws unless this Node has every hook that is needed in a primary and in a worker. */
export function checkRuntime(): void {
  hook(net, '_createServerHandle', 'net._createServerHandle');
  hook(net.Server.prototype, '_emitCloseIfDrained', 'net.Server.prototype._emitCloseIfDrained');
}

function hook<F extends Function>(owner: object, key: string, name: string): F {
  const value: unknown = Reflect.get(owner, key);
  if (typeof value !== 'function') throw unsupported(name);
  return value as F;
}

function unsupported(what: string): GrappoloError {
  return new GrappoloError(
    'ERR_GRAPPOLO_UNSUPPORTED_RUNTIME',
    `Cannot run on Node.js ${process.version}: it lacks ${what}`,
  );
}
