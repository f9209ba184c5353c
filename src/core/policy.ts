import { invalidArgValue } from './errors.ts';

/** The operating system decides which worker gets a connection. */
export const SCHED_NONE = 1;
/** Connections go to workers in turn. */
export const SCHED_RR = 2;

const SCHEDULER_NAMES = ['rr', 'least-connections', 'least-loaded', 'sticky'] as const;
/** Decides which worker gets a connection that the primary has accepted. */
export type SchedulerName = (typeof SCHEDULER_NAMES)[number];

const STEERINGS = ['hash', 'random', 'weighted', 'sticky'] as const;
/** Decides in the kernel which slot's socket gets a connection. */
export type Steering = (typeof STEERINGS)[number];

/** Every name that a policy has, for programs, the environment and the command line. */
export const POLICY_NAMES = ['none', 'kernel', ...SCHEDULER_NAMES] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

const SCHEDULER_NEEDS = ['load', 'address'];

/** What `cluster.schedulingPolicy` asks for. */
export type Policy<S = object> =
  | { readonly kind: 'none' }
  | { readonly kind: 'scheduler'; readonly name: SchedulerName }
  | { readonly kind: 'custom'; readonly scheduler: S }
  | { readonly kind: 'kernel'; readonly steer: Steering };

/** The value of `cluster.schedulingPolicy` that NODE_CLUSTER_SCHED_POLICY names, else the platform's default. */
export function defaultPolicy(name: string | undefined, platform: NodeJS.Platform): 1 | 2 | PolicyName {
  if (name === 'none') return SCHED_NONE;
  if (name === 'rr') return SCHED_RR;
  const known = POLICY_NAMES.find((each) => each === name);
  return known ?? (platform === 'win32' ? SCHED_NONE : SCHED_RR);
}

/**
 * The policy that `value` means: a number, a name, `{ policy, steer }`, or an object with a method `pick()`.
 *
 * @throws {TypeError} ERR_INVALID_ARG_VALUE for anything else.
 */
export function parsePolicy<S extends object>(value: unknown): Policy<S> {
  if (value === SCHED_NONE) return { kind: 'none' };
  if (value === SCHED_RR) return { kind: 'scheduler', name: 'rr' };
  if (typeof value !== 'object' || value === null) return namedPolicy('cluster.schedulingPolicy', value);
  if (!('pick' in value)) return policyWithOptions(value as Record<string, unknown>);
  checkScheduler(value);
  return { kind: 'custom', scheduler: value as S };
}

/**
 * What people call a policy: its name, with how the kernel is steered; `'custom'` for a scheduler of the program's own. A program may
 * have set it to anything, once that changes nothing any more: that is `'unknown'`.
 */
export function policyName(value: unknown): string {
  let policy: Policy;
  try {
    policy = parsePolicy(value);
  } catch {
    return 'unknown';
  }
  switch (policy.kind) {
    case 'scheduler':
      return policy.name;
    case 'kernel':
      return policy.steer === 'hash' ? 'kernel' : `kernel-${policy.steer}`;
    default:
      return policy.kind;
  }
}

function namedPolicy(argument: string, value: unknown): Exclude<Policy, { kind: 'custom' }> {
  if (value === 'none') return { kind: 'none' };
  if (value === 'kernel') return { kind: 'kernel', steer: 'hash' };
  const name = SCHEDULER_NAMES.find((each) => each === value);
  if (name) return { kind: 'scheduler', name };
  throw invalidArgValue(argument, value, [
    'SCHED_NONE (1)',
    'SCHED_RR (2)',
    ...POLICY_NAMES,
    '{ policy, steer }',
    'an object with a method pick()',
  ]);
}

function policyWithOptions(options: Record<string, unknown>): Exclude<Policy, { kind: 'custom' }> {
  const { policy, steer, ...unknown } = options;
  const named = namedPolicy('cluster.schedulingPolicy.policy', policy);
  const [surplus] = Object.keys(unknown);
  if (surplus !== undefined) throw invalidArgValue('cluster.schedulingPolicy', surplus, ['policy', 'steer']);
  if (steer === undefined) return named;
  if (named.kind !== 'kernel') {
    throw invalidArgValue('cluster.schedulingPolicy.policy', policy, ['kernel, which alone has steer']);
  }
  const known = STEERINGS.find((each) => each === steer);
  if (!known) throw invalidArgValue('cluster.schedulingPolicy.steer', steer, STEERINGS);
  return { kind: 'kernel', steer: known };
}

function checkScheduler(scheduler: { pick?: unknown; needs?: unknown }): void {
  const { pick, needs = [] } = scheduler;
  if (typeof pick !== 'function') {
    throw invalidArgValue('cluster.schedulingPolicy.pick', pick, ['a function']);
  }
  if (!Array.isArray(needs)) {
    throw invalidArgValue('cluster.schedulingPolicy.needs', needs, ['an array of needs']);
  }
  for (const need of needs as unknown[]) {
    if (SCHEDULER_NEEDS.some((each) => each === need)) continue;
    throw invalidArgValue('cluster.schedulingPolicy.needs', need, SCHEDULER_NEEDS);
  }
}
