import type { SupervisorEvent, SupervisorStatus } from '../api/supervisor.ts';
import type { Verdict } from '../ops/instance.ts';
import type { RemoteArguments } from './arguments.ts';
import { onlyInstance, request } from './control/client.ts';
import { doneLine, failedLines, summaryLines } from './remote-report.ts';

/** How what an instance says looks to people. */
export interface RemoteView {
  /** `undefined`: nothing that anybody wants to read. */
  readonly eventLine: (event: SupervisorEvent) => string | undefined;
  /** The table of the workers. */
  readonly statusTable: (status: SupervisorStatus, options: TableOptions) => readonly string[];
}

interface TableOptions {
  /** In columns; `undefined`: any. */
  readonly width?: number;
  readonly color?: boolean;
}

export interface RemoteOutput {
  /** Prints a line as it is. */
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
  readonly table: TableOptions;
  /** Where the control sockets are. Default: `controlFolder()`. */
  readonly folder?: string | undefined;
}

/** How long an instance has to say how it is. */
const STATUS_TIMEOUT_MS = 10_000;

/** Asks something of an instance that runs, prints what it answers, and gives the command's exit code. */
export async function runRemote(
  asked: RemoteArguments,
  view: RemoteView,
  output: RemoteOutput,
): Promise<number> {
  try {
    const name = asked.name ?? (await onlyInstance(output.folder));
    const answer = await ask(name, asked, view, output);
    return answer.type === 'done'
      ? printDone(name, answer.status, { asked, view, output })
      : printFailed(answer, asked, output);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return printFailed({ type: 'failed', code: String(error.code), message: error.message }, asked, output);
  }
}

async function ask(
  name: string,
  { request: asked, json }: RemoteArguments,
  { eventLine }: RemoteView,
  { print, folder }: RemoteOutput,
): Promise<Verdict> {
  const isQuestion = asked.command === 'status' || asked.command === 'workers';
  const onEvent = (event: SupervisorEvent): void => {
    const line = json ? JSON.stringify({ type: 'event', event }) : progressLine(event, eventLine);
    if (line !== undefined) print(line);
  };
  return request(name, asked, {
    folder,
    ...(isQuestion ? { signal: AbortSignal.timeout(STATUS_TIMEOUT_MS) } : { onEvent }),
  });
}

function progressLine(event: SupervisorEvent, eventLine: RemoteView['eventLine']): string | undefined {
  return UNTOLD.includes(event.type) ? undefined : eventLine(event);
}

/** Where it listens has not changed for whoever asks, and how it ends is told by the answer. */
const UNTOLD: readonly SupervisorEvent['type'][] = [
  'worker-listening',
  'reload-done',
  'reload-failed',
  'scale-done',
  'scale-failed',
  'replace-done',
  'replace-failed',
  'stopped',
];

function printDone(
  name: string,
  status: SupervisorStatus,
  { asked, view, output }: { asked: RemoteArguments; view: RemoteView; output: RemoteOutput },
): number {
  const { request: done, json } = asked;
  const { print, table } = output;
  switch (done.command) {
    case 'status':
      if (json) print(JSON.stringify(status));
      else
        for (const line of [...summaryLines(name, status), ...view.statusTable(status, table)]) print(line);
      return 0;
    case 'workers':
      if (json) print(JSON.stringify(status.workers));
      else for (const line of view.statusTable(status, table)) print(line);
      return 0;
    case 'reload':
    case 'scale':
    case 'replace':
    case 'stop':
      print(json ? JSON.stringify({ type: 'done', status }) : doneLine(name, done, status));
      return 0;
    default:
      return done satisfies never;
  }
}

function printFailed(
  answer: Extract<Verdict, { type: 'failed' }>,
  { json }: RemoteArguments,
  { print, printError }: RemoteOutput,
): number {
  if (json) print(JSON.stringify(answer));
  for (const line of failedLines(answer)) printError(line);
  return 1;
}
