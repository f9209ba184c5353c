import type { ReloadVerdict, SupervisorStatus } from '../api/supervisor.ts';
import type { CommandRequest } from './control/protocol.ts';
import { duration } from '../core/duration.ts';
import type { Verdict } from '../ops/instance.ts';
import { failureLines, newWorkerLine } from './event-lines.ts';
import { placeOf } from './place.ts';

/** What is said of an instance above the table of its workers. */
export function summaryLines(name: string, status: SupervisorStatus, nowMs: number = Date.now()): string[] {
  const { phase, ready, slots, generation, uptimeMs, pid, exec, addresses, lastReload } = status;
  return [
    `${name}: ${phase}, ${ready} of ${slots} workers ready, generation ${generation}, up ${duration(uptimeMs)}`,
    `process ${pid} runs ${exec}`,
    ...new Set(addresses.map((address) => `listening on ${placeOf(address)}`)),
    ...(lastReload?.verdict === 'failed' ? [failedReloadLine(lastReload, nowMs)] : []),
  ];
}

function failedReloadLine({ atMs, failure }: ReloadVerdict, nowMs: number): string {
  const when = `the last reload failed ${duration(Math.max(0, nowMs - atMs))} ago`;
  return failure ? `${when}: ${newWorkerLine(failure)}` : when;
}

/** How a request that changes something has ended well. */
export function doneLine(name: string, request: CommandRequest, status: SupervisorStatus): string {
  const { ready, generation } = status;
  const workers = ready === 1 ? '1 worker' : `${ready} workers`;
  switch (request.command) {
    case 'reload':
      return `${name} is reloaded: generation ${generation}, ${workers} ready`;
    case 'scale':
      return `${name} is scaled: ${workers} ready`;
    case 'replace':
      return `worker ${request.slot} of ${name} is replaced: ${workers} ready`;
    case 'stop':
      return `${name} is stopped`;
    case 'status':
    case 'workers':
      return `${name} is ${status.phase}`;
    default:
      return request satisfies never;
  }
}

/** Why a request has failed, with what the worker said that it failed by. */
export function failedLines({ message, failure }: Extract<Verdict, { type: 'failed' }>): string[] {
  return failure ? [message, ...failureLines(failure)] : [message];
}
