import { isMainThread } from 'node:worker_threads';

import { primaryDoorOf, togetherOf, workerDoorOf } from '../api/together.ts';
import type { PrimaryDoor, SentHandle, WorkerDoor } from '../api/together.ts';
import type { Worker } from '../api/worker.ts';
import { GrappoloError } from '../core/errors.ts';
import { loadCluster, loadHub } from '../load-hub.ts';
import { own } from '../own.ts';
import { isShortage } from '../system/descriptor-room.ts';
import { loadLibc } from '../system/libc.ts';
import { inCleanContext } from '../system/own-context.ts';
import { acceptPipes, openPipes } from '../system/pipes.ts';
import { Here } from './here.ts';
import { memoryWays, streamWay, textWay } from './way.ts';
import type { Way } from './way.ts';

let found: Here | undefined;

/**
 * This process among all that work together.
 *
 * @throws ERR_GRAPPOLO_NO_HUB in a thread, and in a worker of Node's own cluster.
 */
export function here(): Here {
  found ??= find();
  return found;
}

function find(): Here {
  const cluster = loadCluster();
  return togetherOf(cluster, () => {
    const workerDoor = workerDoorOf(cluster);
    const primaryDoor = primaryDoorOf(cluster);
    if (!isMainThread) throw noHub('a thread has no way to the others. Do it in the main thread');
    if (workerDoor && cluster.worker) return inWorker(cluster.worker, workerDoor);
    if (primaryDoor) return inPrimary(primaryDoor);
    throw noHub(
      "this process is a worker of Node's own cluster. Import grappolo in its primary, or start that with --import grappolo/register",
    );
  });
}

function inWorker(worker: Worker, door: WorkerDoor): Here {
  const open = (onOpen: (way: Way) => void): void => inCleanContext(() => join(door, onOpen));
  const made = new Here({ id: worker.id, slot: worker.slot, hasFleet: () => door.hasFleet, open });
  worker.on('drain', (drain) => drain.waitUntil(made.leave()));
  process.once('disconnect', () => made.stayNoLonger());
  return made;
}

/** A process that has no descriptors left may have some when connections of its have ended, which nobody tells. */
const ROOM_AGAIN_MS = 500;

/** The worker asks when it knows whether it can have pipes, for which it is to load a file. */
function join(door: WorkerDoor, onOpen: (way: Way) => void): void {
  let hasLibc = true;
  try {
    loadLibc();
  } catch (error) {
    if (isShortage(error)) {
      own.setTimeout(() => join(door, onOpen), ROOM_AGAIN_MS).unref();
      return;
    }
    hasLibc = false;
  }
  door.join(hasLibc, (pipes) => {
    if (pipes) openWhenRoom(pipes, onOpen);
    else onOpen(textWayOf(door));
  });
}

function openWhenRoom(sent: SentHandle, onOpen: (way: Way) => void): void {
  const ends = acceptPipes(sent);
  if (ends) onOpen(streamWay((onBytes) => openPipes(ends, onBytes)));
  else own.setTimeout(() => openWhenRoom(sent, onOpen), ROOM_AGAIN_MS).unref();
}

function textWayOf(door: WorkerDoor): Way {
  const way = textWay(door.text);
  process.once('disconnect', () => way.close());
  return way;
}

function inPrimary(door: PrimaryDoor): Here {
  const hub = loadHub().hubOf(door);
  const [there, way] = memoryWays();
  const open = (onOpen: (opened: Way) => void): void => inCleanContext(() => onOpen(way));
  const made = new Here({ id: 0, slot: undefined, hasFleet: () => door.fleet !== undefined, open });
  const primary = hub.members.get(made.id);
  if (primary) hub.join(primary, there);
  return made;
}

function noHub(why: string): GrappoloError {
  return new GrappoloError('ERR_GRAPPOLO_NO_HUB', `Cannot work together with the cluster: ${why}`);
}
