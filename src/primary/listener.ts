import { bindablePath } from '../core/socket-path.ts';
import type { Connection, Lane } from '../lanes/lane.ts';
import type { ListenQuery, SocketName } from '../protocol/messages.ts';
import type { ReportedLoad } from '../protocol/ring.ts';
import { inheritedSockets } from '../system/inherited-sockets.ts';
import { bindHandle, errnoOf, removeOnClose, socketName } from '../system/node-internals.ts';
import type { RawHandle } from '../system/node-internals.ts';

/** A worker as a listener sees it. */
export interface ListeningWorker {
  readonly id: number;
  /** The place that it fills: 0, 1, 2…; another worker's after its end. */
  readonly slot: number;
  /** The slot of its supervisor that it fills, by which it is counted; without one, the same. */
  readonly poolSlot: number;
  readonly lane: Lane;
  /** What it last said, where it was asked to. */
  readonly load: ReportedLoad;
  /** Whether the worker is on its way out and gets no more connections. */
  readonly isLeaving: boolean;
  /** Has connections that it was sent and has not taken queued again; gives whether there were any. */
  recall(): boolean;
  /** Has it accept on a socket of a slot that is empty, beside its own. `onLost`: it has not got it. */
  lend(listener: number, slot: number, handle: RawHandle, onLost: () => void): void;
  /** It is to close what it was lent. */
  unlend(listener: number, slot: number): void;
}

/** One shared address and the workers that listen on it. How connections reach them is each listener's own way. */
export interface Listener {
  readonly id: number;
  readonly query: ListenQuery;
  /** `null` for a UNIX path. */
  readonly name: SocketName | null;
  /** Session ticket keys of the first TLS server here, for all the others; base64. */
  ticketKeys: string | undefined;
  /** Whether its workers are to say what load they have. */
  readonly wantsLoad: boolean;
  readonly isUsed: boolean;
  isUsedBy(workerId: number): boolean;
  /** The handle on which a worker is to accept by itself; `undefined` where the primary accepts. */
  handleFor(worker: ListeningWorker): RawHandle | undefined;
  join(worker: ListeningWorker): void;
  /** Takes a worker out. Without workers the address stays bound, but does not keep the primary running. */
  leave(workerId: number): void;
  /** Gives connections to its workers that reached none, or that one has given up; they are closed where nobody can have them. */
  requeue(connections: readonly Connection[]): void;
  /** The worker that was sent a connection does not want it, because its server is full or closed. */
  refused(connection: Connection, reason: 'full' | 'closed'): void;
  /** Frees the address. May be repeated. */
  close(onClosed?: () => void): void;
}

export interface BoundAddress {
  readonly handle: RawHandle;
  readonly name: SocketName | null;
  /** Whether a service manager has it open as well: clients that wait there wait for whoever listens next. */
  readonly isInherited?: boolean;
}

/** Binds what a worker asks for, or gives a negative error number. */
export function bindAddress(query: ListenQuery): BoundAddress | number {
  const inherited = inheritedSockets().find(query);
  const handle = inherited
    ? inherited.open()
    : query.addressType === -1
      ? bindPath(query)
      : bindHandle(query);
  if (typeof handle === 'number') return handle;
  const name = boundName(handle, query.port);
  if (typeof name !== 'number') return { handle, name, isInherited: inherited !== undefined };
  handle.close();
  return name;
}

function bindPath(query: ListenQuery): RawHandle | number {
  const { address: absolute, aliasPath: alias } = query;
  if (absolute === null || absolute.startsWith('\0')) return bindHandle(query);
  const address = bindablePath({ absolute, alias, folder: process.cwd() });
  const handle = bindHandle({ ...query, address });
  // By another spelling nobody may find the file any more when it is to go.
  if (typeof handle !== 'number' && address !== absolute) removeOnClose(handle, absolute);
  return handle;
}

/** Sockets that share an address do not notice others that listen on it: one that does not share is bound first. */
export function errnoOfOthers(query: ListenQuery): number {
  if (query.port === 0) return 0;
  const alone = bindAddress(query);
  if (typeof alone === 'number') return alone;
  alone.handle.close();
  return 0;
}

const DEFAULT_BACKLOG = 511;

/** How many connections may wait in the kernel. */
export function backlogOf({ backlog }: ListenQuery): number {
  return backlog === undefined || backlog <= 0 ? DEFAULT_BACKLOG : backlog;
}

/** libuv keeps EADDRINUSE of a bind for later; a handle on another port than asked for is a sign of it as well. */
function boundName(handle: RawHandle, port: number | null): SocketName | number | null {
  const name = socketName(handle);
  if (typeof name === 'number' || name === null) return name;
  return port !== null && port > 0 && name.port !== port ? errnoOf('EADDRINUSE') : name;
}
