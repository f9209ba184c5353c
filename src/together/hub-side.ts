import type { PrimaryDoor } from '../api/together.ts';
import { inCleanContext } from '../system/own-context.ts';
import { openPipes } from '../system/pipes.ts';
import type { DirectPipes, PipeEnds } from '../system/pipes.ts';
import { CallService } from './calls/call-service.ts';
import { ChannelService } from './channels/channel-service.ts';
import { FleetSide } from './fleet/fleet-side.ts';
import { Hub } from './hub.ts';
import type { HubWay } from './hub.ts';
import { LimitService } from './limits/limit-service.ts';
import { LockService } from './locks/lock-service.ts';
import { OnceService } from './once/once-service.ts';
import { streamWay, textWay } from './way.ts';

/** The hub of a primary: there is one. */
export function hubOf(door: PrimaryDoor): Hub {
  if (door.hub) return door.hub as Hub;
  let side: FleetSide | undefined;
  const fleet = (): FleetSide | undefined => (side ??= door.fleet && new FleetSide(door.fleet));
  const hub = new Hub((created) => [
    new CallService(created),
    new ChannelService(fleet),
    new LimitService(),
    new LockService(),
    new OnceService(fleet),
  ]);
  door.hub = hub;
  hub.attach(door, (worker): HubWay => {
    const ends = door.openPipes(worker);
    let way: HubWay | undefined;
    inCleanContext(() => {
      way = ends ? hubsPipeWay(ends) : textWay(door.textWay(worker));
      way.unref();
    });
    return way as HubWay;
  });
  return hub;
}

function hubsPipeWay(ends: PipeEnds): HubWay {
  let pipes: DirectPipes | undefined;
  const way = streamWay((onBytes) => (pipes = openPipes(ends, onBytes)));
  return Object.assign(way, { readRest: () => pipes?.readRest() });
}
