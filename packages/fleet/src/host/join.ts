import { randomBytes } from 'node:crypto';

import type { Engine } from '../engine/engine.ts';
import { tellAsync } from '../engine/listeners.ts';
import { engineOf } from '../fleet-engine.ts';
import type { FleetEvents, FleetHost, FleetInstance, FleetOptions, FleetView } from '../host.ts';
import { checkHost, checkFleet } from '../identity.ts';
import type { Runtime } from '../machines/runtime.ts';
import { connecting } from './connecting.ts';
import { HostLink } from './link.ts';
import { Member } from './member.ts';
import { Troubles } from './troubles.ts';

export interface HostParts {
  readonly openEngine: () => Promise<Engine>;
  readonly runtime: Runtime;
  readonly ttlMs: number;
}

const UNKNOWN: FleetView = { fleet: 'unknown', hosts: [] };

/** `joinFleet()` by an engine and a clock that tests give. */
export function joinWith(
  parts: HostParts,
  options: FleetOptions,
  instance: FleetInstance,
  listener: FleetEvents,
): FleetHost {
  const { runtime, ttlMs } = parts;
  const events = guarded(listener);
  const troubles = new Troubles(events);
  const identity = {
    host: options.host,
    instance: `${options.host}_${randomBytes(6).toString('hex')}`,
    sinceMs: runtime.wallMs(),
    version: options.version,
  };
  const link = new HostLink({ runtime, ttlMs, troubles });
  let member: Member | undefined;
  let left: Promise<void> | undefined;
  const open = async (): Promise<Engine> => {
    checkFleet(options.name);
    checkHost(options.host);
    return engineOf(await parts.openEngine(), options.name);
  };
  const giveUp = connecting(open, runtime, troubles, (engine) => {
    engine.onRefused = (error) => troubles.tell(error);
    member = new Member({ engine, runtime, ttlMs, troubles, instance }, identity);
    link.open(engine);
    events.note(`host '${options.host}' is in the fleet '${options.name}'`);
    engine.onChange = (isUp) => {
      if (isUp) troubles.over();
      events.note(isUp ? "the fleet's engine is back" : "the fleet's engine is away: this host serves on");
      member?.changed(isUp);
    };
  });
  const leave = async (): Promise<void> => {
    giveUp();
    await link.close();
    await member?.leave();
  };
  return {
    link,
    status: () => member?.view() ?? UNKNOWN,
    leave: () => {
      left ??= leave();
      return left;
    },
  };
}

/** What the program throws when it is told of something is no business of a host. */
function guarded(events: FleetEvents): FleetEvents {
  return {
    note: (text) => void tellAsync('notes of a host', async () => events.note(text)),
    problem: (error) => void tellAsync('problems of a host', async () => events.problem(error)),
  };
}
