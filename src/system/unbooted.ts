import { GrappoloError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { WORKER_MARK } from '../core/worker-mark.ts';

/**
 * Keeps a process that was started as a worker, and is none, from becoming a second primary, which would fork workers of
 * its own without end.
 *
 * @throws ERR_GRAPPOLO_NOT_BOOTED.
 */
export function refuseUnbooted(env: NodeJS.ProcessEnv = process.env): void {
  if (env[WORKER_MARK] !== undefined) throw notBooted();
}

export function notBooted(): GrappoloError {
  return new GrappoloError(
    'ERR_GRAPPOLO_NOT_BOOTED',
    `Cannot run as the worker that process ${process.ppid} has started: Node.js has not loaded boot.cjs before the program, or ${WORKER_MARK} is not what it was given. Does something between the two change arguments or environment?`,
  );
}

export function versionChanged(primary: string): GrappoloError {
  return new GrappoloError(
    'ERR_GRAPPOLO_VERSION_CHANGED',
    `Cannot run as the worker of process ${process.ppid}: that runs grappolo ${primary}, and this is ${VERSION}. Start the primary anew.`,
  );
}
