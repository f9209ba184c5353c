import type { Cluster } from '../api/cluster.ts';
import { supervisionOf } from '../api/supervision.ts';
import type { SuperviseOptions, Supervisor, SupervisorEvent } from '../api/supervisor.ts';
import { GrappoloError } from '../core/errors.ts';
import { policyName } from '../core/policy.ts';
import { OpsProcess } from './ops-process.ts';
import { planOf } from './options.ts';
import { StreamTarget } from './output-target.ts';
import { PoolSupervisor } from './pool-supervisor.ts';
import { ServiceNotify, takeServicePlan } from './service-notify.ts';

/** One at a time on each cluster: they would let go of each other's addresses. */
const open = new WeakMap<Cluster, PoolSupervisor>();

/**
 * Keeps a program's workers running on a cluster's primary; fulfilled when every slot has been tried and somebody serves.
 *
 * @throws As `openSupervisor()`, and ERR_GRAPPOLO_GAVE_UP where no worker gets ready.
 */
export async function superviseOn(cluster: Cluster, options: SuperviseOptions): Promise<Supervisor> {
  const supervisor = await openSupervisor(cluster, options);
  await supervisor.started;
  return supervisor;
}

/**
 * The same, without waiting for workers. Where there is an operations address, it listens before any is started.
 *
 * @throws ERR_INVALID_ARG_TYPE and ERR_INVALID_ARG_VALUE for an option that is none; ERR_GRAPPOLO_NOT_PRIMARY in a worker;
 *   ERR_GRAPPOLO_BUSY while another supervisor of this process runs.
 */
export async function openSupervisor(cluster: Cluster, options: SuperviseOptions): Promise<PoolSupervisor> {
  const supervision = supervisionOf(cluster);
  if (!supervision) {
    throw new GrappoloError('ERR_GRAPPOLO_NOT_PRIMARY', 'supervise() can only be called in a primary.');
  }
  const plan = planOf(options, process);
  assertAlone(cluster);
  // Nobody that is started from here on is to be told by these variables.
  const service = plan.notify ? takeServicePlan() : undefined;
  const ops = plan.ops && (await OpsProcess.open(plan.ops));
  try {
    assertAlone(cluster);
  } catch (error) {
    ops?.close();
    throw error;
  }
  if (plan.schedulingPolicy !== undefined) cluster.schedulingPolicy = plan.schedulingPolicy;
  const target = new StreamTarget(process, options.onOutput);
  let notify: ServiceNotify | undefined;
  const onEvent = (event: SupervisorEvent): void => {
    notify?.hear(event);
    options.onEvent?.(event);
  };
  const policy = (): string => policyName(cluster.schedulingPolicy);
  const counts = ops !== undefined;
  const supervisor = new PoolSupervisor({ plan, supervision, onEvent, target, policy, counts });
  if (service) notify = new ServiceNotify(service, () => supervisor.status());
  open.set(cluster, supervisor);
  ops?.serve(supervisor);
  return supervisor;
}

/** @throws ERR_GRAPPOLO_BUSY */
function assertAlone(cluster: Cluster): void {
  const other = open.get(cluster);
  if (!other || other.status().phase === 'stopped') return;
  throw new GrappoloError('ERR_GRAPPOLO_BUSY', 'Another supervisor of this process is not closed yet.');
}
