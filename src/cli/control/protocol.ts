import type { FleetStatus, Report } from '../../api/operations.ts';
import type { SupervisorEvent } from '../../api/supervisor.ts';
import type { Deed, Verdict } from '../../ops/instance.ts';

/**
 * What a command and a supervising process say to each other over the control socket: lines of JSON. The command sends
 * one request; what it is answered is any number of events, and then how it ended.
 */
export type ControlRequest = CommandRequest | ReportRequest | FleetRequest | WatchRequest;

/** What a person asks for, by a command of that name. */
export type CommandRequest = { readonly command: 'status' | 'workers' | 'stop' } | Deed;

export interface ReportRequest {
  readonly command: 'report';
  /** Whether the workers are asked for what their programs count. */
  readonly isWhole: boolean;
}

/** For an instance whose report says that it is in a fleet: others may not know it. */
export interface FleetRequest {
  readonly command: 'fleet';
}

/** To be told what happens, until one's side of the connection is closed. There is nothing at the end. */
interface WatchRequest {
  readonly command: 'watch';
}

export type ControlAnswer =
  | Verdict
  | { readonly type: 'report'; readonly report: Report }
  | { readonly type: 'fleet'; readonly fleet?: FleetStatus | undefined };

/** How what was asked for can end. */
export type AnswerTo<Asked extends ControlRequest> = Asked extends CommandRequest
  ? Verdict
  : Extract<
      ControlAnswer,
      {
        type:
          'failed' | (Asked extends ReportRequest ? 'report' : Asked extends FleetRequest ? 'fleet' : never);
      }
    >;

export type ControlLine = { readonly type: 'event'; readonly event: SupervisorEvent } | ControlAnswer;

/** Raised when a request or an answer comes to mean something else. */
const VERSION = 1;

const COMMANDS = [
  'status',
  'workers',
  'reload',
  'scale',
  'replace',
  'stop',
  'report',
  'fleet',
  'watch',
] as const;
/** Numbers that some commands say beside their names, and the least of each. */
const NUMBERS = { scale: ['workers', 1], replace: ['slot', 0] } as const;

export function requestLine(request: ControlRequest): string {
  return `${JSON.stringify({ version: VERSION, ...request })}\n`;
}

/** Reads a request, of which nothing is trusted. */
export function parseRequest(
  line: string,
):
  | { readonly kind: 'request'; readonly request: ControlRequest }
  | { readonly kind: 'refused'; readonly reason: string } {
  const value = parseJson(line);
  if (!isObject(value)) return refused('it is not a JSON object');
  const { version, command, workers, slot, isWhole, ...unknown } = value;
  if (version !== VERSION) return refused(`its version must be ${VERSION}, not ${show(version)}`);
  const known = COMMANDS.find((each) => each === command);
  if (!known) return refused(`its command must be one of ${COMMANDS.join(', ')}, not ${show(command)}`);
  const [surplus] = Object.keys(unknown);
  if (surplus !== undefined) return refused(`it has an unknown key ${show(surplus)}`);
  if (workers !== undefined && known !== 'scale') return refused('workers is for scale only');
  if (slot !== undefined && known !== 'replace') return refused('slot is for replace only');
  if (isWhole !== undefined && known !== 'report') return refused('isWhole is for report only');
  if (known === 'report') {
    if (typeof isWhole !== 'boolean') return refused(`isWhole must be true or false, not ${show(isWhole)}`);
    return { kind: 'request', request: { command: known, isWhole } };
  }
  if (known !== 'scale' && known !== 'replace') return { kind: 'request', request: { command: known } };
  const [key, least] = NUMBERS[known];
  const number = value[key];
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < least) {
    return refused(`${key} must be a whole number from ${least}, not ${show(number)}`);
  }
  return {
    kind: 'request',
    request: known === 'scale' ? { command: known, workers: number } : { command: known, slot: number },
  };
}

/** Reads one line of what the supervising process answers; `undefined` where it is none. */
export function parseLine(line: string): ControlLine | undefined {
  const value = parseJson(line);
  if (!isObject(value)) return undefined;
  const { type, event, status, report, fleet, code, message } = value;
  // The line comes from a process of the same user that has said the version: what is inside is taken as it is.
  if (type === 'event' && isObject(event) && typeof event['type'] === 'string') return value as ControlLine;
  if (type === 'done' && isObject(status) && Array.isArray(status['workers'])) return value as ControlLine;
  if (type === 'report' && isObject(report) && isObject(report['status'])) return value as ControlLine;
  if (type === 'fleet' && (fleet === undefined || isObject(fleet))) return value as ControlLine;
  if (type === 'failed' && typeof code === 'string' && typeof message === 'string')
    return value as ControlLine;
  return undefined;
}

function refused(reason: string): { kind: 'refused'; reason: string } {
  return { kind: 'refused', reason };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value for a message of one line, however long it is. */
function show(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
