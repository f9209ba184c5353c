import type { Report } from '../../api/operations.ts';
import type { Supervisor, SupervisorEvent } from '../../api/supervisor.ts';
import { failedBy, perform as performDeed } from '../../supervisor/perform.ts';
import type { CommandRequest, ControlAnswer, ReportRequest } from './protocol.ts';

/** A supervisor that tells more of itself than programs can ask for. */
export type ReportingSupervisor = Supervisor & {
  /** @param isWhole whether the workers are asked for what their programs count */
  report(isWhole: boolean): Promise<Report>;
};

/** Does what was asked for, and says how it ended; `onEvent` is told what happens meanwhile. */
export async function perform(
  supervisor: ReportingSupervisor,
  request: CommandRequest | ReportRequest,
  watch: (listener: (event: SupervisorEvent) => void) => () => void,
  onEvent: (event: SupervisorEvent) => void,
): Promise<ControlAnswer> {
  // A report tells what has happened.
  const unwatch = request.command === 'report' ? () => {} : watch(onEvent);
  try {
    return await answer(supervisor, request);
  } catch (error) {
    return failedBy(error);
  } finally {
    unwatch();
  }
}

async function answer(
  supervisor: ReportingSupervisor,
  request: CommandRequest | ReportRequest,
): Promise<ControlAnswer> {
  switch (request.command) {
    case 'report':
      return { type: 'report', report: await supervisor.report(request.isWhole) };
    case 'stop':
      await supervisor.close();
      return { type: 'done', status: supervisor.status() };
    case 'status':
    case 'workers':
      return { type: 'done', status: supervisor.status() };
    case 'reload':
    case 'scale':
    case 'replace':
      return performDeed(supervisor, request);
    default:
      return request satisfies never;
  }
}
