import type { PrimaryDoor } from '../api/together.ts';
import { inCleanContext } from '../system/own-context.ts';
import { socketOn } from '../system/socket-on.ts';
import { CallService } from './calls/call-service.ts';
import { ChannelService } from './channels/channel-service.ts';
import { FleetSide } from './fleet/fleet-side.ts';
import { Hub } from './hub.ts';
import { LimitService } from './limits/limit-service.ts';
import { LockService } from './locks/lock-service.ts';
import { OnceService } from './once/once-service.ts';
import { socketWay, textWay } from './way.ts';
import type { Way } from './way.ts';

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
  hub.attach(door, (worker): Way => {
    const fd = door.openSocket(worker);
    let way: Way | undefined;
    inCleanContext(() => {
      way = fd === undefined ? textWay(door.textWay(worker)) : socketWay((onBytes) => socketOn(fd, onBytes));
      way.unref();
    });
    return way as Way;
  });
  return hub;
}
