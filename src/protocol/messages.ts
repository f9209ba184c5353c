import { bare } from '../own.ts';
import type { HandleMessage } from './handle-post.ts';
import type { ReportedLoad } from './ring.ts';

/**
 * What primary and worker say to each other on Node's IPC channel. Node keeps messages whose `cmd` starts with `NODE_`
 * out of the 'message' events. The names are those of node:cluster where it has them, because programs that watch
 * 'internalMessage', or wrap `process.send`, look for them: `cmd`, `act`, and `ack` in what answers.
 */
export const MESSAGE_CMD = 'NODE_CLUSTER';

/** The address of a listener, as `'listening'` carries it. */
export interface Address {
  address: string | null;
  port: number;
  /** 4 and 6 for TCP, -1 for a UNIX path, 'udp4' and 'udp6' for UDP. */
  addressType: number | 'udp4' | 'udp6';
  fd?: number | undefined;
}

/** What a server or socket in a worker wants to listen on. */
export interface ListenQuery {
  readonly address: string | null;
  readonly port: number | null;
  readonly addressType: number | 'udp4' | 'udp6';
  readonly fd?: number | null | undefined;
  readonly flags?: number | null | undefined;
  readonly backlog?: number | undefined;
  readonly readableAll?: boolean | undefined;
  readonly writableAll?: boolean | undefined;
  /** Another spelling of a UNIX path that the program has given relative to its directory. */
  readonly aliasPath?: string | undefined;
  /** Which of the worker's listens on this address it is. */
  readonly index: number;
  /** TLS session ticket keys of the asking server, base64. */
  readonly ticketKeys?: string | undefined;
}

/** The name of a socket, as a raw handle's getsockname gives it. */
export interface SocketName {
  readonly address: string;
  readonly family: string;
  readonly port: number;
}

/** How a supervised worker is, as it says by itself. */
export interface Pulse {
  /** Resident memory, in bytes. */
  readonly memory: number;
  /** How long a turn of its event loop takes, in ms. */
  readonly delayMs: number;
  /** Open connections of its servers. */
  readonly connections: number;
}

/** How a worker drains. */
export interface DrainTerms {
  /** How long it has, before it is ended. */
  readonly timeoutMs: number;
  /** How long a kept connection may be idle before the worker parts with it. */
  readonly idleGraceMs: number;
}

/** The same, when it is told to. */
export interface DrainOrder extends DrainTerms {
  /** Whether other workers go on with its idle connections, which are closed otherwise. */
  readonly handsOver: boolean;
}

export type WorkerMessage =
  | { readonly act: 'online' }
  | ({ readonly act: 'queryServer'; readonly seq: number } & ListenQuery)
  | ({ readonly act: 'listening' } & Address)
  /** The worker's server on this listener is closed. */
  | { readonly act: 'close'; readonly listener: number }
  /** A connection has reached its server: it is the worker's from now on. */
  | { readonly act: 'accepted'; readonly ack: number }
  /** A connection that the worker had, on which nothing is under way; its handle is beside the message. */
  | { readonly act: 'hand-over'; readonly listener: number; readonly isKept: boolean }
  /** A connection that the worker does not want: its server is full, or closed. */
  | { readonly act: 'refused'; readonly ack: number; readonly reason: 'full' | 'closed' }
  /** A server that was full can take so many more connections; any number, where `places` is absent. */
  | { readonly act: 'room'; readonly listener: number; readonly places?: number | undefined }
  /** What the worker's servers have to do. */
  | ({ readonly act: 'load' } & ReportedLoad)
  /** The worker has opened the queue that it was offered. */
  | { readonly act: 'queue-ready' }
  /** It cannot: connections are to come as before. `isPassing`: a moment later it may be able to. */
  | { readonly act: 'queue-failed'; readonly reason: string; readonly isPassing: boolean }
  /** The program says that it is ready. */
  | { readonly act: 'ready' }
  | ({ readonly act: 'pulse' } & Pulse)
  /** What the worker has counted and measured, where it shares no memory with the primary: see `numbers.ts`. */
  | { readonly act: 'numbers'; readonly cells: readonly number[] }
  /** What the program counts by itself, as JSON: asked for by `collect`, or by itself for the first and the last time. */
  | { readonly act: 'metrics'; readonly json: string; readonly ack?: number | undefined }
  /** The program wants to work together with others of the cluster: a way to the hub, please. */
  | { readonly act: 'join'; readonly takesPipes: boolean }
  /** Bytes for the hub, base64, where there is no socket to it. */
  | { readonly act: 'bytes'; readonly data: string }
  /** An error that nobody caught is about to end the worker. */
  | { readonly act: 'uncaught'; readonly stack: string }
  /** The worker begins to disconnect: no more connections, please. */
  | { readonly act: 'exitedAfterDisconnect' }
  /** The answer to `settle`: all connections that came before it are accepted or refused. */
  | { readonly act: 'settled'; readonly upTo: number }
  /** All servers are closed: may the channel be closed? */
  | { readonly act: 'disconnect' }
  | HandleMessage
  /** The last message: the channel closes. */
  | { readonly act: 'gone' };

export type PrimaryMessage =
  | {
      readonly act: 'listening-on';
      readonly ack: number;
      readonly result:
        | { readonly kind: 'error'; readonly errno: number }
        /** The bound handle comes with the message. */
        | {
            readonly kind: 'shared';
            readonly listener: number;
            readonly ticketKeys?: string | undefined;
            /** Whether the worker is to say what load it has. */
            readonly wantsLoad: boolean;
          }
        /** The primary accepts; connections come one by one. */
        | {
            readonly kind: 'exact';
            readonly listener: number;
            readonly name: SocketName | null;
            readonly ticketKeys?: string | undefined;
            readonly wantsLoad: boolean;
          };
    }
  /** A connection, its handle beside it; `isKept` where its client has had responses on it from another worker. */
  | {
      readonly act: 'newconn';
      readonly seq: number;
      readonly listener: number;
      readonly isKept?: boolean | undefined;
    }
  /** Please answer, behind all that was said of connections before this; `upTo` comes back. */
  | { readonly act: 'settle'; readonly upTo: number }
  /** Please accept also on this socket, of an empty slot of a listener that you have; its handle is beside the message. */
  | { readonly act: 'lend'; readonly listener: number; readonly slot: number }
  /** Please close it: its slot is filled. */
  | { readonly act: 'unlend'; readonly listener: number; readonly slot: number }
  /** Connections could come by a queue; what opens it is beside the message. */
  | { readonly act: 'queue' }
  /** Please count what you do, or no longer; the memory for it may be beside the message. */
  | { readonly act: 'count'; readonly isOn: boolean }
  /** Please say what the program counts by itself. */
  | { readonly act: 'collect'; readonly seq: number }
  /** The way to the hub: a socket that is beside the message, or else messages with bytes. */
  | { readonly act: 'joined' }
  /** Bytes from the hub, base64. */
  | { readonly act: 'bytes'; readonly data: string }
  /** Please finish what you have without cutting anybody off, then disconnect. */
  | ({ readonly act: 'drain' } & DrainOrder)
  | HandleMessage
  /** Please disconnect. */
  | { readonly act: 'disconnect' }
  /** The channel may be closed: nothing more will come. */
  | { readonly act: 'goodbye' };

export type Envelope<M> = M & { readonly cmd: typeof MESSAGE_CMD };

export function envelope<M extends object>(message: M): Envelope<M> {
  return { cmd: MESSAGE_CMD, ...message };
}

/** Whether a message on the channel claims to be one of ours. Not by what every object inherits. */
export function isOurs(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && Object.hasOwn(value, 'cmd') && value['cmd'] === MESSAGE_CMD;
}

/** The worker's message in `value`, or `undefined` where it is malformed. */
export function parseWorkerMessage(given: Record<string, unknown>): WorkerMessage | undefined {
  const value = bare(given);
  const { act } = value;
  switch (act) {
    case 'online':
    case 'ready':
    case 'exitedAfterDisconnect':
    case 'disconnect':
    case 'gone':
    case 'queue-ready':
      return { act };
    case 'join':
      return { act, takesPipes: value['takesPipes'] === true };
    case 'bytes':
      return isString(value['data']) ? { act, data: value['data'] } : undefined;
    case 'pulse': {
      const { memory, delayMs, connections } = value;
      if (!isCount(memory) || !isDuration(delayMs) || !isCount(connections)) return undefined;
      return { act, memory, delayMs, connections };
    }
    case 'numbers': {
      const { cells } = value;
      return Array.isArray(cells) && cells.every(isDuration) ? { act, cells } : undefined;
    }
    case 'metrics': {
      const { json, ack } = value;
      return isString(json) && isOptional(ack, isCount) ? { act, json, ack } : undefined;
    }
    case 'uncaught':
      return isString(value['stack']) ? { act, stack: value['stack'] } : undefined;
    case 'queue-failed': {
      const { reason, isPassing } = value;
      return isString(reason) && isBoolean(isPassing) ? { act, reason, isPassing } : undefined;
    }
    case 'queryServer': {
      const query = parseQuery(value);
      return isCount(value['seq']) && query ? { act, seq: value['seq'], ...query } : undefined;
    }
    case 'listening': {
      const { address, port, addressType, fd } = value;
      if (!isAddressType(addressType) || !isInteger(port)) return undefined;
      if (!isOptional(fd, isInteger)) return undefined;
      const isNamed = typeof address === 'string';
      // In the order in which node:cluster has them, as programs print the whole of it.
      return { act, addressType, address: isNamed ? address : null, port, fd };
    }
    case 'close':
      return isCount(value['listener']) ? { act, listener: value['listener'] } : undefined;
    case 'room': {
      const { listener, places } = value;
      return isCount(listener) && isOptional(places, isCount) ? { act, listener, places } : undefined;
    }
    case 'load': {
      const { closed, open, delayMs } = value;
      if (!isInteger(closed) || !isCount(open) || !isDuration(delayMs)) return undefined;
      return { act, closed, open, delayMs };
    }
    case 'settled':
      return isCount(value['upTo']) ? { act, upTo: value['upTo'] } : undefined;
    case 'hand-over': {
      const { listener, isKept } = value;
      return isCount(listener) && isBoolean(isKept) ? { act, listener, isKept } : undefined;
    }
    case 'accepted':
      return isCount(value['ack']) ? { act, ack: value['ack'] } : undefined;
    case 'handle-sent':
    case 'handle-came':
      return parseHandleMessage(value);
    case 'refused': {
      const { ack, reason } = value;
      if (!isCount(ack) || (reason !== 'full' && reason !== 'closed')) return undefined;
      return { act, ack, reason };
    }
    default:
      return undefined;
  }
}

/** The primary's message in `value`, or `undefined` where it is malformed. */
export function parsePrimaryMessage(given: Record<string, unknown>): PrimaryMessage | undefined {
  const value = bare(given);
  const { act, seq, ack, listener, upTo } = value;
  switch (act) {
    case 'disconnect':
    case 'goodbye':
    case 'joined':
    case 'queue':
      return { act };
    case 'bytes':
      return isString(value['data']) ? { act, data: value['data'] } : undefined;
    case 'settle':
      return isCount(upTo) ? { act, upTo } : undefined;
    case 'count':
      return isBoolean(value['isOn']) ? { act, isOn: value['isOn'] } : undefined;
    case 'handle-sent':
    case 'handle-came':
      return parseHandleMessage(value);
    case 'collect':
      return isCount(seq) ? { act, seq } : undefined;
    case 'drain': {
      const { timeoutMs, idleGraceMs, handsOver = false } = value;
      if (!isDuration(timeoutMs) || !isDuration(idleGraceMs) || !isBoolean(handsOver)) return undefined;
      return { act, timeoutMs, idleGraceMs, handsOver };
    }
    case 'newconn': {
      const { isKept } = value;
      if (!isCount(seq) || !isCount(listener) || !isOptional(isKept, isBoolean)) return undefined;
      return { act, seq, listener, isKept };
    }
    case 'lend':
    case 'unlend': {
      const { slot } = value;
      return isCount(listener) && isCount(slot) ? { act, listener, slot } : undefined;
    }
    case 'listening-on': {
      const result = parseListenResult(value['result']);
      return isCount(ack) && result ? { act, ack, result } : undefined;
    }
    default:
      return undefined;
  }
}

function parseHandleMessage({ act, seq, ack, hasCome }: Record<string, unknown>): HandleMessage | undefined {
  if (act === 'handle-sent') return isCount(seq) ? { act, seq } : undefined;
  return isCount(ack) && isBoolean(hasCome) ? { act: 'handle-came', ack, hasCome } : undefined;
}

function parseListenResult(
  value: unknown,
): Extract<PrimaryMessage, { act: 'listening-on' }>['result'] | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, errno, listener, name, ticketKeys, wantsLoad = false } = bare(value);
  if (kind === 'error') return isInteger(errno) && errno < 0 ? { kind, errno } : undefined;
  if (!isCount(listener) || !isOptional(ticketKeys, isTicketKeys) || !isBoolean(wantsLoad)) return undefined;
  if (kind === 'shared') return { kind, listener, ticketKeys, wantsLoad };
  if (kind !== 'exact') return undefined;
  if (name === null) return { kind, listener, name, ticketKeys, wantsLoad };
  if (!isRecord(name)) return undefined;
  const { address, family, port } = bare(name);
  if (typeof address !== 'string' || typeof family !== 'string' || typeof port !== 'number') return undefined;
  return { kind, listener, name: { address, family, port }, ticketKeys, wantsLoad };
}

/** The query in `value`, or `undefined` where nothing can be bound for it. */
export function parseQuery(value: unknown): ListenQuery | undefined {
  if (!isRecord(value)) return undefined;
  const fields = bare(value);
  const { address, port, addressType, fd, flags, backlog, readableAll, writableAll, aliasPath } = fields;
  const { index, ticketKeys } = fields;
  if (!isNullable(address, isString) || !isNullable(port, isPort)) return undefined;
  // A path without a name is none; net would take it for no path at all.
  if (!isAddressType(addressType) || (addressType === -1 && address === '')) return undefined;
  if (!isCount(index) || !isNullable(fd, isInt32) || !isNullable(flags, isInt32)) return undefined;
  if (!isOptional(backlog, isInt32)) return undefined;
  if (!isOptional(readableAll, isBoolean) || !isOptional(writableAll, isBoolean)) return undefined;
  if (!isOptional(aliasPath, isString) || !isOptional(ticketKeys, isTicketKeys)) return undefined;
  return {
    address: address ?? null,
    port: port ?? null,
    addressType,
    index,
    fd,
    flags,
    backlog,
    readableAll,
    writableAll,
    aliasPath,
    ticketKeys,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isCount(value: unknown): value is number {
  return isInteger(value) && value >= 0;
}

function isDuration(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 0;
}

/** Some of what Node does with a number ends the process when it needs more than 32 bits. */
function isInt32(value: unknown): value is number {
  return isInteger(value) && value === (value | 0);
}

function isPort(value: unknown): value is number {
  return isInteger(value) && value >= -1 && value <= 65_535;
}

/** 48 bytes in base64; a server throws for any other. */
function isTicketKeys(value: unknown): value is string {
  return isString(value) && /^[A-Za-z0-9+/]{64}$/.test(value);
}

function isAddressType(value: unknown): value is Address['addressType'] {
  return isInteger(value) || value === 'udp4' || value === 'udp6';
}

function isOptional<T>(value: unknown, is: (value: unknown) => value is T): value is T | undefined {
  return value === undefined || is(value);
}

function isNullable<T>(value: unknown, is: (value: unknown) => value is T): value is T | null | undefined {
  return value === undefined || value === null || is(value);
}
