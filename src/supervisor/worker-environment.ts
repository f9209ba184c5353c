import { hostname } from 'node:os';
import path from 'node:path';

import { instanceId, withInstanceId } from '../core/instance-id.ts';
import type { Plan } from './options.ts';

const ATTRIBUTES = 'OTEL_RESOURCE_ATTRIBUTES';

/** What is added to this process's environment for the worker in a slot. */
export function workerEnvironment(
  { name, exec, cwd, env }: Pick<Plan, 'name' | 'exec' | 'cwd' | 'env'>,
  slot: number,
  inherited: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const id = instanceId(hostname(), name ?? path.resolve(cwd ?? '', exec), slot);
  const attributes = Object.hasOwn(env, ATTRIBUTES) ? env[ATTRIBUTES] : inherited[ATTRIBUTES];
  return {
    ...env,
    GRAPPOLO_SLOT: String(slot),
    NODE_APP_INSTANCE: String(slot),
    [ATTRIBUTES]: withInstanceId(attributes, id),
  };
}
