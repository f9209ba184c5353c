import type { EventEmitter } from 'node:events';
import { getSystemErrorName } from 'node:util';

import type { ListenError } from '../api/cluster.ts';
import type {
  ClusterNumbers,
  SupervisedEvents,
  SupervisedFork,
  SupervisedWorker,
} from '../api/supervision.ts';
import type { PrimaryDoor } from '../api/together.ts';
import type { Worker } from '../api/worker.ts';
import { parsePolicy } from '../core/policy.ts';
import type { Policy } from '../core/policy.ts';
import { Slots } from '../core/slots.ts';
import { mergeSettings } from '../core/settings.ts';
import type { ClusterSettings } from '../core/settings.ts';
import type { Connection, LaneEvents } from '../lanes/lane.ts';
import { own } from '../own.ts';
import { ROOM_AGAIN_MS } from '../protocol/handle-post.ts';
import type { Address, ListenQuery, WorkerMessage } from '../protocol/messages.ts';
import { inheritedSockets } from '../system/inherited-sockets.ts';
import { canReusePort } from '../system/reuse-port.ts';
import { warnOnce } from '../system/warning.ts';
import { schedulers } from '../schedulers/by-name.ts';
import { guarded } from '../schedulers/guarded.ts';
import type { Scheduler } from '../schedulers/scheduler.ts';
import { DatagramListener } from './datagram-listener.ts';
import { ExactListener } from './exact-listener.ts';
import { KernelListener } from './kernel-listener.ts';
import type { Listener } from './listener.ts';
import { Listeners } from './listeners.ts';
import { Numbers } from './numbers.ts';
import { queueMode, QueueUpgrades } from './queue-upgrades.ts';
import { SharedListener } from './shared-listener.ts';
import { slotReports } from './slot-reports.ts';
import { Spawner } from './spawn.ts';
import type { Spawned, SpawnRequest } from './spawn.ts';
import { Together } from './together.ts';
import { WorkerRecord } from './worker-record.ts';
import type { RecordHost } from './worker-record.ts';

type QueryServer = Extract<WorkerMessage, { act: 'queryServer' }>;

/** `place` is the worker's place in the primary; `slot` the one that its program is told. */
type ForkRequest = Omit<SpawnRequest, 'id' | 'hasFleet'> & { readonly place: number };

/**
 * What was accepted on a socket of a service manager finds a worker before all leave, if it does within this time: who comes
 * later waits for the next start of the service, and who came before must not fare worse.
 */
const LAST_CONNECTIONS_MS = 5000;

/** What the program sees of it, and may change. */
export interface PrimaryFace {
  readonly workers: NodeJS.Dict<Worker>;
  readonly schedulingPolicy: unknown;
  settings: ClusterSettings;
}

/** The primary's side: starts workers, answers what they ask, and hands them connections. */
export class Primary {
  readonly #cluster: EventEmitter;
  readonly #face: PrimaryFace;
  readonly #workers: NodeJS.Dict<Worker>;
  readonly #records = new Map<number, WorkerRecord>();
  readonly #supervised = new WeakMap<WorkerRecord, SupervisedEvents>();
  readonly #spawner = new Spawner();
  readonly #slots = new Slots();
  readonly #host: RecordHost;
  readonly #listeners: Listeners;
  readonly #upgrades: QueueUpgrades;
  readonly #numbers = new Numbers();
  readonly #together = new Together();
  #policy: Policy<Scheduler> | undefined;
  #lastId = 0;
  #removesFiles = false;
  /** Whether addresses are kept while no worker listens on them: a supervisor will start others. */
  #keepsAddresses = false;

  constructor(cluster: EventEmitter & PrimaryFace) {
    // Workers are to see nothing of them.
    inheritedSockets();
    this.#cluster = cluster;
    this.#face = cluster;
    this.#workers = cluster.workers;
    this.#listeners = new Listeners({ open: (id, query) => this.#open(id, query) });
    this.#upgrades = new QueueUpgrades({
      mode: queueMode(process.env['GRAPPOLO_LANE'], process.platform),
      eventsOf: (record) => ({
        ...this.#laneEvents(record),
        isWantedElsewhere: (connection) =>
          this.#listeners.exact(connection.listener)?.isWanted(connection) ?? false,
        onBroken: (reason) => warnOnce('GRAPPOLO_NO_QUEUE_LANE', reason),
      }),
      isBusy: () => this.#listeners.isBusy,
    });
    this.#host = {
      emit: (event: string, ...args: unknown[]) => void cluster.emit(event, ...args),
      onMessage: (record, message) => this.#onMessage(record, message),
      retire: (record) => {
        this.#listeners.retire(record.id);
        this.#together.leaving(record);
        this.#supervised.get(record)?.onLeaving();
      },
      exclude: (record) => this.#listeners.exclude(record.id),
      release: (record) => this.#listeners.abandon(record.id),
      laneEvents: (record) => this.#laneEvents(record),
      requeue: (connections) => this.#requeue(connections),
      handOver: (connection) => this.#requeue([connection]),
      takeBack: (record) => {
        this.#requeue(record.lane.takeBack());
        this.#upgrades.remove(record);
        this.#numbers.remove(record);
        this.#slots.release(record.slot);
        this.#together.ended(record);
      },
      unlist: (record) => this.#unlist(record),
    };
  }

  /** A new object each time: what an earlier call gave to 'setup' stays as it was. */
  setup(given?: ClusterSettings): ClusterSettings {
    this.#policy ??= parsePolicy<Scheduler>(this.#face.schedulingPolicy);
    const settings = mergeSettings(this.#face.settings, given, process);
    this.#face.settings = settings;
    own.nextTick(() => this.#cluster.emit('setup', settings));
    return settings;
  }

  fork(env?: NodeJS.ProcessEnv): Worker {
    const settings = this.setup();
    const place = this.#slots.take();
    return this.#fork(settings, { place, slot: place, env, supervision: undefined }).face;
  }

  forkSupervised({ slot, env, settings, terms, events }: SupervisedFork): SupervisedWorker {
    this.#keepsAddresses = true;
    const record = this.#fork(this.setup(settings), {
      place: this.#slots.take(),
      slot,
      env,
      supervision: terms,
    });
    this.#supervised.set(record, events);
    this.#numbers.add(record);
    return {
      worker: record.face,
      drain: (handsOver = false) => record.drain({ ...terms, handsOver }),
      collect: (ack) => record.send({ act: 'collect', seq: ack }),
      exclude: () => record.exclude(),
    };
  }

  get together(): PrimaryDoor {
    return this.#together;
  }

  get hasUntaken(): boolean {
    return this.#listeners.isBusy || [...this.#records.values()].some(({ lane }) => lane.pending > 0);
  }

  closeUnused(sinceWorkerId: number): void {
    this.#listeners.closeUnused(sinceWorkerId);
  }

  count(isOn: boolean): void {
    this.#numbers.count(isOn, this.#records.values());
  }

  numbers(): ClusterNumbers {
    const listeners = this.#listeners.numbers();
    return {
      slots: slotReports(this.#numbers.read(), listeners, (id) => this.#listeners.nameOf(id)),
      listeners: listeners.map(({ name, counts, waiting }) => ({
        name,
        accepted: counts.accepted,
        dropped: counts.dropped,
        waiting,
      })),
    };
  }

  stopAccepting(): void {
    this.#keepsAddresses = false;
    inheritedSockets().letGo();
    this.#listeners.stopAccepting();
  }

  #fork(settings: ClusterSettings, { place, ...request }: ForkRequest): WorkerRecord {
    const id = this.#lastId + 1;
    let spawned: Spawned;
    try {
      spawned = this.#spawner.spawn(
        { id, hasFleet: this.#together.fleet !== undefined, ...request },
        settings,
      );
    } catch (error) {
      this.#slots.release(place);
      throw error;
    }
    this.#lastId = id;
    const record = new WorkerRecord({ id, place, slot: request.slot }, spawned, this.#host);
    this.#upgrades.postpone();
    const worker = record.face;
    worker.on('message', (message, handle) => this.#cluster.emit('message', worker, message, handle));
    this.#records.set(id, record);
    this.#listeners.forked(id);
    this.#together.forked(record);
    this.#workers[id] = worker;
    own.nextTick(() => this.#cluster.emit('fork', worker));
    return record;
  }

  disconnect(callback?: () => void): void {
    inheritedSockets().letGo();
    if (this.#listeners.stopInherited())
      this.#whenTaken(own.now() + LAST_CONNECTIONS_MS, () => this.#disconnect(callback));
    else this.#disconnect(callback);
  }

  /** Calls when all that has connected has a worker, or it is too late. */
  #whenTaken(untilMs: number, deed: () => void): void {
    if (!this.hasUntaken || own.now() >= untilMs) deed();
    else own.setTimeout(() => this.#whenTaken(untilMs, deed), 5);
  }

  #disconnect(callback?: () => void): void {
    // Whoever is called back may exit, and in a container end all that is left.
    let awaited = this.#records.size;
    const done = (): void => callback?.();
    const finish = (): void => {
      // Workers that were forked meanwhile keep their addresses, and those that they may come to; the others are closed already.
      if (this.#records.size > 0) own.setImmediate(done);
      else this.#listeners.closeAll(done);
    };
    if (awaited === 0) finish();
    for (const record of this.#records.values()) {
      record.whenGone(() => {
        awaited -= 1;
        if (awaited === 0) finish();
      });
      // As its method, which programs replace.
      if (record.isConnected) record.face.disconnect();
    }
  }

  #open(id: number, query: ListenQuery): Listener | number {
    inheritedSockets().listens();
    const { addressType } = query;
    if (addressType === -1) this.#removeFilesAtExit();
    const policy = this.#policy ?? { kind: 'none' };
    const isDatagram = typeof addressType === 'string';
    if (policy.kind === 'none') return SharedListener.open(id, query);
    if (policy.kind !== 'kernel') {
      if (isDatagram) return SharedListener.open(id, query);
      const onDrop = (listener: ExactListener): void => this.#emitDrop(listener);
      const mayQueueAhead = policy.kind === 'scheduler' && policy.name === 'rr';
      return ExactListener.open(id, { query, scheduler: schedulerOf(policy), mayQueueAhead, onDrop });
    }
    // It is one socket, and cannot be made one of several.
    if (inheritedSockets().find(query)) return SharedListener.open(id, query);
    const isPort = query.port !== null && (query.fd ?? -1) < 0 && addressType !== -1;
    if (!isPort) return SharedListener.open(id, query);
    if (!canReusePort()) {
      warnOnce('GRAPPOLO_NO_KERNEL_POLICY');
      return SharedListener.open(id, query);
    }
    const Kind = isDatagram ? DatagramListener : KernelListener;
    return Kind.open(id, query, policy.steer);
  }

  /** Before the program's own listeners, one of which may call process.exit(): no other is called then. */
  #removeFilesAtExit(): void {
    if (this.#removesFiles) return;
    this.#removesFiles = true;
    process.prependListener('exit', () => this.#listeners.removeFiles());
  }

  #onMessage(record: WorkerRecord, message: WorkerMessage): void {
    switch (message.act) {
      case 'queryServer':
        this.#answer(record, message);
        return;
      case 'close':
        this.#closed(record, message.listener);
        return;
      case 'room':
        // What the worker refused before it had room.
        record.lane.queue?.collect();
        this.#listeners.exact(message.listener)?.hasRoom(record.id, message.places);
        return;
      case 'accepted':
      case 'settled':
      case 'refused':
        record.lane.ipc.receive(message);
        return;
      case 'queue-ready':
        this.#upgrades.ready(record);
        return;
      case 'queue-failed':
        this.#upgrades.failed(record, message);
        return;
      case 'join':
        this.#together.join(record, message.takesPipes);
        return;
      case 'bytes':
        this.#together.received(record, message.data);
        return;
      case 'load':
        this.#listeners.loadChanged(record.id);
        return;
      case 'ready':
        this.#supervised.get(record)?.onReady();
        return;
      case 'pulse':
        this.#supervised.get(record)?.onPulse(message);
        return;
      case 'numbers':
        this.#numbers.receive(record, message.cells);
        return;
      case 'metrics':
        this.#supervised.get(record)?.onMetrics(message.json, message.ack);
        return;
      case 'uncaught':
        this.#supervised.get(record)?.onUncaught(message.stack);
        return;
      case 'listening':
        this.#listeners.listens(record.id);
        return;
      case 'online':
      case 'hand-over':
      case 'handle-sent':
      case 'handle-came':
      case 'exitedAfterDisconnect':
      case 'disconnect':
      case 'gone':
        return;
      default:
        message satisfies never;
    }
  }

  #closed(record: WorkerRecord, id: number): void {
    if (this.#keepsAddresses && record.isLeaving) {
      this.#listeners.leave(id, record.id);
      return;
    }
    const listener = this.#listeners.get(id);
    this.#listeners.release(id, record.id);
    if (listener) this.#supervised.get(record)?.onClosed(addressOf(listener));
  }

  #answer(record: WorkerRecord, asked: QueryServer): void {
    const { act: _act, seq: ack, ...query } = asked;
    const listener = this.#listeners.find(record, query);
    if (typeof listener === 'number') {
      record.send({ act: 'listening-on', ack, result: { kind: 'error', errno: listener } });
      const error = listenError(query, listener);
      this.#supervised.get(record)?.onListenError(error);
      this.#cluster.emit('listenError', record.face, error);
      return;
    }
    listener.ticketKeys ??= query.ticketKeys;
    const { id, ticketKeys, name, wantsLoad } = listener;
    const handle = listener.handleFor(record);
    const result = handle
      ? ({ kind: 'shared', listener: id, ticketKeys, wantsLoad } as const)
      : ({ kind: 'exact', listener: id, name, ticketKeys, wantsLoad } as const);
    const answer = { act: 'listening-on', ack, result } as const;
    if (handle) {
      record.post.send(answer, handle, (hasCome) => {
        if (!hasCome && record.isConnected) this.#answerLater(record, asked, listener);
      });
    } else record.send(answer);
    this.#listeners.join(listener, record);
    if (!handle) this.#upgrades.add(record);
  }

  /** The worker had no descriptor for the socket: it does not listen, and is answered as if it asked a moment later. */
  #answerLater(record: WorkerRecord, asked: QueryServer, listener: Listener): void {
    this.#listeners.leave(listener.id, record.id);
    own
      .setTimeout(() => {
        if (!record.isLeaving) this.#answer(record, asked);
      }, ROOM_AGAIN_MS)
      .unref();
  }

  #laneEvents(record: WorkerRecord): LaneEvents {
    return {
      onRefused: (connection, reason) => this.#refused(connection, reason),
      onReturned: (connections) => this.#requeue(connections),
      onRoom: () => this.#listeners.flush(record.id),
    };
  }

  #requeue(left: readonly Connection[]): void {
    if (left.length === 0) return;
    // All of a listener at once: it may give them to other workers on the spot, and the oldest comes first.
    for (const id of new Set(left.map((connection) => connection.listener))) {
      const connections = left.filter((connection) => connection.listener === id);
      const listener = this.#listeners.get(id);
      if (listener) listener.requeue(connections);
      else for (const { socket } of connections) socket.close();
    }
  }

  #refused(connection: Connection, reason: 'full' | 'closed'): void {
    const listener = this.#listeners.get(connection.listener);
    if (listener) listener.refused(connection, reason);
    else connection.socket.close();
  }

  #unlist(record: WorkerRecord): void {
    this.#records.delete(record.id);
    delete this.#workers[record.id];
    // After the 'exit' listeners: they may fork a successor, for which its addresses are kept.
    own.nextTick(() => {
      if (!this.#keepsAddresses) this.#listeners.ended(record.id, this.#notListening());
    });
  }

  /** The workers that may be about to listen. */
  #notListening(): number[] {
    const waiting = [...this.#records.values()].filter(
      ({ face, isLeaving }) => face.state !== 'listening' && !isLeaving,
    );
    return waiting.map(({ id }) => id);
  }

  #emitDrop(listener: ExactListener): void {
    const { waiting, dropped } = listener;
    this.#cluster.emit('drop', { address: addressOf(listener), waiting, dropped });
  }
}

/** As 'listening' has it. */
function addressOf({ query: { address, port, addressType }, name }: Listener): Address {
  return { address, port: name?.port ?? port ?? -1, addressType };
}

function schedulerOf(policy: Exclude<Policy<Scheduler>, { kind: 'none' | 'kernel' }>): Scheduler {
  if (policy.kind === 'scheduler') return schedulers[policy.name]();
  return guarded(policy.scheduler, (reason) => warnOnce('GRAPPOLO_SCHEDULER_FAILED', reason));
}

function listenError({ address, port, addressType }: ListenQuery, errno: number): ListenError {
  return { code: getSystemErrorName(errno), address, port, addressType };
}
