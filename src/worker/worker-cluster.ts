import type { EventEmitter } from 'node:events';

import type { Cluster } from '../api/cluster.ts';
import { offerMetricsChannel } from '../api/program-metrics.ts';
import type { MetricsChannel } from '../api/program-metrics.ts';
import { offerWorkerDoor } from '../api/together.ts';
import type { SentHandle, TextWay } from '../api/together.ts';
import { bindWorker, Worker } from '../api/worker.ts';
import { SCHED_NONE, SCHED_RR } from '../core/policy.ts';
import type { WorkerMark } from '../core/worker-mark.ts';
import { own } from '../own.ts';
import { HandlePost } from '../protocol/handle-post.ts';
import { parsePrimaryMessage } from '../protocol/messages.ts';
import type { Address, PrimaryMessage, WorkerMessage } from '../protocol/messages.ts';
import { debug } from '../system/debug.ts';
import { isShortage } from '../system/descriptor-room.ts';
import { internalSender, onInternalMessage } from '../system/ipc.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { inCleanContext } from '../system/own-context.ts';
import { onProgramStarted } from '../system/program-start.ts';
import { Departure } from './departure.ts';
import { keepEarlyMessages } from './early-messages.ts';
import { Listening } from './listening.ts';
import type { AskedFor, Listenable, ListenReply } from './listening.ts';
import { ipcOffer } from './offer.ts';
import { OwnServers } from './own-servers.ts';
import { LoadMeter } from './load-meter.ts';
import { LoadReports } from './load-reports.ts';
import type { Numbers } from './numbers.ts';
import type { QueueIntake } from './queue-intake.ts';
import { onceClosedUnseen, supervisedFace } from './supervised-face.ts';
import { beSupervised } from './supervised.ts';

const COUNT_AGAIN_MS = 2000;

/** Makes `emitter` the cluster of a worker, connects it to its primary, and gives it back. */
export function createWorkerCluster(
  emitter: EventEmitter,
  { id, slot, supervision, hasFleet = false }: WorkerMark,
): Cluster {
  const sendWithHandle = internalSender<WorkerMessage>(process);
  const send = (message: WorkerMessage, onSent?: () => void): void =>
    sendWithHandle(message, undefined, onSent);
  const post = new HandlePost<WorkerMessage, RawHandle>(sendWithHandle);
  // A supervised program ends when it has nothing left to do, as any other does: what listens here keeps no channel open.
  const worker = supervision ? supervisedFace(id) : new Worker({ id, process, state: 'online' });
  worker.slot = slot;
  const announce = (address: Address): void => {
    worker.state = 'listening';
    send({ act: 'listening', ...address });
  };
  const reports = new LoadReports(send);
  let queue: QueueIntake | undefined;
  const load = new LoadMeter((measured) => (queue ?? reports).report(measured));
  const listening = new Listening(send, announce, load);
  const ownServers = new OwnServers({
    isShared: (server) => listening.has(server),
    onReusePort: announce,
    onServer: (server) => onServer?.(server),
  });
  const targets = (): Listenable[] => [...listening.targets(), ...ownServers.list()];
  let numbers: Numbers | undefined;
  const metrics: MetricsChannel = {
    send: (json, ack) => send({ act: 'metrics', json, ack }),
    onAsked: undefined,
  };
  let onJoined: ((pipes: SentHandle | undefined) => void) | undefined;
  const text: TextWay = {
    send: (data, onSent) => send({ act: 'bytes', data }, onSent),
    onData: undefined,
  };
  const onceClosed = supervision
    ? onceClosedUnseen
    : (callback: () => void) => void process.once('disconnect', callback);
  const departure = new Departure({
    worker,
    send,
    targets,
    closing: () => listening.closing(),
    accepts: (target) => listening.accepts(target) || ownServers.list().includes(target),
    onceClosed: (callback) =>
      onceClosed(() => {
        post.close();
        callback();
      }),
    endListening: () => listening.end(),
    refuseAll: () => listening.refuseAll(),
    onLast: () => {
      numbers?.write();
      metrics.onAsked?.(undefined);
    },
    giveUpFrom: (server) => {
      const listener = listening.listenerOf(server);
      if (listener === undefined) return undefined;
      return (connection, isKept, terms) =>
        post.insist({ act: 'hand-over', listener, isKept }, connection, terms);
    },
  });
  const onServer = supervision && beSupervised({ terms: supervision, send, targets, departure });
  bindWorker(worker, {
    disconnect: () => departure.disconnect(),
    kill: () => departure.kill(),
    ready: () => send({ act: 'ready' }),
  });

  const joinQueue = async (invitation: RawHandle): Promise<void> => {
    try {
      // What it takes is read when the start is over, which it would slow.
      const { openQueue } = await import('./queue-intake.ts');
      queue = openQueue(invitation, (listener, offer) => listening.connection(listener, offer));
      queue.report(load.load);
      send({ act: 'queue-ready' });
    } catch (error) {
      invitation.close();
      send({ act: 'queue-failed', reason: (error as Error).message, isPassing: isShortage(error) });
    }
  };

  let isCounted = false;
  const count = async (isOn: boolean, page: RawHandle | undefined): Promise<void> => {
    isCounted = isOn;
    try {
      const { Numbers: Counting } = await import('./numbers.ts');
      numbers ??= new Counting(page, {
        send,
        listenerOf: (server) => listening.listenerOf(server),
        servers: () => targets().filter((target) => 'listening' in target),
      });
      if (isOn) numbers.start();
      else numbers.stop();
    } catch (error) {
      page?.close();
      debug('this worker cannot count: %s', (error as Error).message);
      // Of a moment, as where no file can be opened. Then it sends what it has counted.
      if (!isShortage(error)) return;
      own.setTimeout(() => isCounted && void count(true, undefined), COUNT_AGAIN_MS).unref();
    }
  };

  const receive = (message: PrimaryMessage, handle: RawHandle | undefined): void => {
    // Of connections the primary is told otherwise.
    if (handle && message.act !== 'newconn') post.came();
    switch (message.act) {
      case 'listening-on':
        listening.answer(message, handle);
        return;
      case 'newconn':
        if (handle) listening.connection(message.listener, ipcOffer(message, handle, send));
        else debug('connection %d came without its handle', message.seq);
        return;
      case 'lend':
        if (handle) listening.borrow(message, handle);
        return;
      case 'unlend':
        handle?.close();
        listening.giveBack(message);
        return;
      case 'queue':
        if (handle) inCleanContext(() => void joinQueue(handle));
        return;
      case 'count':
        inCleanContext(() => void count(message.isOn, handle));
        return;
      case 'collect':
        handle?.close();
        inCleanContext(() => metrics.onAsked?.(message.seq));
        return;
      case 'joined':
        inCleanContext(() => onJoined?.(handle));
        return;
      case 'bytes':
        handle?.close();
        inCleanContext(() => text.onData?.(message.data));
        return;
      case 'handle-sent':
      case 'handle-came':
        handle?.close();
        post.receive(message);
        return;
      case 'settle':
        handle?.close();
        send({ act: 'settled', upTo: message.upTo });
        return;
      case 'drain':
        handle?.close();
        onProgramStarted(() => departure.drain(message, message.handsOver));
        return;
      case 'disconnect':
        handle?.close();
        onProgramStarted(() => departure.disconnect());
        return;
      case 'goodbye':
        handle?.close();
        departure.goodbye();
        return;
      default:
        message satisfies never;
    }
  };
  onInternalMessage(process, parsePrimaryMessage, receive);
  keepEarlyMessages(worker);
  send({ act: 'online' });

  const cluster = Object.assign(emitter, {
    isPrimary: false,
    isMaster: false,
    isWorker: true,
    Worker,
    worker,
    SCHED_NONE,
    SCHED_RR,
    // What net and dgram call in a worker in place of binding.
    _getServer: (target: Listenable, wanted: AskedFor, reply: ListenReply): void => {
      onServer?.(target);
      listening.ask(target, wanted, reply);
    },
  }) as unknown as Cluster;
  if (supervision) offerMetricsChannel(cluster, metrics);
  offerWorkerDoor(cluster, {
    join: (takesPipes, callback) => {
      onJoined = callback;
      send({ act: 'join', takesPipes });
    },
    text,
    hasFleet,
  });
  return cluster;
}
