import type { SchedulerName } from '../core/policy.ts';
import { leastConnections } from './least-connections.ts';
import { leastLoaded } from './least-loaded.ts';
import { roundRobin } from './round-robin.ts';
import type { Scheduler } from './scheduler.ts';
import { sticky } from './sticky.ts';

/** The schedulers that a policy can name. Each listener has one of its own. */
export const schedulers: Record<SchedulerName, () => Scheduler> = {
  rr: roundRobin,
  'least-connections': leastConnections,
  'least-loaded': leastLoaded,
  sticky,
};
