import type { StartFailure, SupervisedEnd, SupervisorEvent, WorkerName, WorkerOutput } from '../index.ts';
import { isFailure } from './event-lines.ts';

export type LogLevel = 'info' | 'warn' | 'error';

/** One JSON object on one line, for machines: what all lines have, and what the event has. */
export function eventJson(event: SupervisorEvent): string {
  const { atMs, type, ...rest } = event;
  return lineOf(atMs, levelOf(event), type, { ...concerning(event), ...rest });
}

/** A worker's line in the same form. */
export function outputJson({ slot, pid, generation, stream, line }: WorkerOutput, atMs: number): string {
  return lineOf(atMs, stream === 'stderr' ? 'warn' : 'info', 'output', {
    slot,
    pid,
    generation,
    stream,
    line,
  });
}

/** What the command itself has to say, in the same form. */
export function messageJson(
  event: 'note' | 'error',
  { message, code }: { readonly message: string; readonly code?: string | undefined },
  atMs: number,
): string {
  return lineOf(atMs, event === 'error' ? 'error' : 'info', event, { message, code });
}

/** `type` is the same as `event`: so a line is also the event as programs hear it. */
function lineOf(atMs: number, level: LogLevel, event: string, rest: object): string {
  const line = JSON.stringify({ time: new Date(atMs).toISOString(), level, event, type: event, ...rest });
  return line.replaceAll(CONTROLS, escaped);
}

/** What JSON may hold as it is, and what some terminals obey or some readers take for the end of a line. */
const CONTROLS = /[\u007F-\u009F\u2028\u2029]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

export function levelOf(event: SupervisorEvent): LogLevel {
  if (isFailure(event)) return 'error';
  if (event.type === 'worker-ended') return isAsWanted(event.reason) ? 'info' : 'warn';
  return event.type === 'worker-hung' || event.type === 'worker-over-memory' ? 'warn' : 'info';
}

function isAsWanted(reason: SupervisedEnd): boolean {
  return reason.kind === 'drain' ? !reason.isForced : reason.kind === 'exit' && reason.code === 0;
}

/** The worker that it is about, by the same keys in all lines, and why that has ended. */
function concerning(
  event: SupervisorEvent,
): Partial<Omit<WorkerName, 'id'> & Pick<StartFailure, 'reason'>> | undefined {
  if ('worker' in event) return placeOf(event.worker);
  return 'failure' in event ? { ...placeOf(event.failure.worker), reason: event.failure.reason } : undefined;
}

function placeOf({ slot, pid, generation }: WorkerName): Omit<WorkerName, 'id'> {
  return { slot, pid, generation };
}
