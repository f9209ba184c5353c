import { invalidArgValue } from './errors.ts';

/** The operating system decides which worker gets a connection. */
export const SCHED_NONE = 1;
/** Connections go to workers in turn. */
export const SCHED_RR = 2;

/** The kernel spreads connections over a socket for each worker. */
const KERNEL = 'kernel';

export type Policy = typeof SCHED_NONE | typeof SCHED_RR | typeof KERNEL;

/** The policy that NODE_CLUSTER_SCHED_POLICY names, else the platform's default. */
export function defaultPolicy(name: string | undefined, platform: NodeJS.Platform): Policy {
  if (name === 'none') return SCHED_NONE;
  if (name === 'rr') return SCHED_RR;
  if (name === KERNEL) return KERNEL;
  return platform === 'win32' ? SCHED_NONE : SCHED_RR;
}

/** @throws {TypeError} ERR_INVALID_ARG_VALUE for anything but the known policies. */
export function checkedPolicy(value: unknown): Policy {
  if (value === SCHED_NONE || value === SCHED_RR || value === KERNEL) return value;
  throw invalidArgValue('cluster.schedulingPolicy', value, ['SCHED_NONE (1)', 'SCHED_RR (2)', KERNEL]);
}
