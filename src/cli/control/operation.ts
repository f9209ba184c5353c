import type { FleetStatus, Report } from '../../api/operations.ts';
import type { Supervisor, SupervisorEvent } from '../../api/supervisor.ts';
import { failedBy, perform as performDeed } from '../../supervisor/perform.ts';
import type { CommandRequest, ControlAnswer, FleetRequest, ReportRequest } from './protocol.ts';

/** A supervisor that tells more of itself than programs can ask for. */
export type ReportingSupervisor = Supervisor & {
  /** @param isWhole whether the workers are asked for what their programs count */
  report(isWhole: boolean): Promise<Report>;
  /** `undefined` where it is in none. */
  fleet(): Promise<FleetStatus | undefined>;
};

/** Does what was asked for, and says how it ended; `onEvent` is told what happens meanwhile. */
export async function perform(
  supervisor: ReportingSupervisor,
  request: CommandRequest | ReportRequest | FleetRequest,
  watch: (listener: (event: SupervisorEvent) => void) => () => void,
  onEvent: (event: SupervisorEvent) => void,
): Promise<ControlAnswer> {
  // A report tells what has happened.
  const isTold = request.command === 'report' || request.command === 'fleet';
  const unwatch = isTold ? () => {} : watch(onEvent);
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
  request: CommandRequest | ReportRequest | FleetRequest,
): Promise<ControlAnswer> {
  switch (request.command) {
    case 'report':
      return { type: 'report', report: await supervisor.report(request.isWhole) };
    case 'fleet':
      return { type: 'fleet', fleet: await supervisor.fleet() };
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
