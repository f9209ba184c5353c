import type { Supervisor, SupervisorEvent } from '../../api/supervisor.ts';
import type { Deed } from '../../ops/instance.ts';
import { failedBy, perform as performDeed } from '../../supervisor/perform.ts';
import type { ControlAnswer, ControlRequest } from './protocol.ts';

/** Does what was asked for, and says how it ended; `onEvent` is told what happens meanwhile. */
export async function perform(
  supervisor: Supervisor,
  request: ControlRequest,
  watch: (listener: (event: SupervisorEvent) => void) => () => void,
  onEvent: (event: SupervisorEvent) => void,
): Promise<ControlAnswer> {
  const unwatch = watch(onEvent);
  try {
    if (isDeed(request)) return await performDeed(supervisor, request);
    if (request.command === 'stop') await supervisor.close();
    return { type: 'done', status: supervisor.status() };
  } catch (error) {
    return failedBy(error);
  } finally {
    unwatch();
  }
}

function isDeed(request: ControlRequest): request is Extract<ControlRequest, Deed> {
  return !['status', 'workers', 'stop'].includes(request.command);
}
