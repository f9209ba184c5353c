import { randomBytes } from 'node:crypto';
import path from 'node:path';

import { codeOf } from '../core/error-code.ts';
import { metricsText } from '../metrics/text.ts';
import { parseOpsAddress } from '../ops/address.ts';
import { PageFiles } from '../ops/page-files.ts';
import { sampleOf } from '../ops/sample-of.ts';
import { OpsServer } from '../ops/server.ts';
import type { UiArguments } from './arguments.ts';
import { onlyInstance, request } from './control/client.ts';
import { ControlInstance } from './control/control-instance.ts';
import type { Change } from './control/control-instance.ts';
import { systemErrorText } from './place.ts';

export interface UiOutput {
  /** Prints a line as it is. */
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
}

/** How long an instance has to answer at first. */
const FIRST_TIMEOUT_MS = 10_000;
const TOKEN_BYTES = 32;
const ENDS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Shows an instance in a browser until a signal ends that, and gives the command's exit code. */
export async function runUi({ name, port }: UiArguments, output: UiOutput): Promise<number> {
  // Of several, as a launcher passes on what the terminal has sent to all, the second is heard as well.
  const ended = new Promise<void>((resolve) => {
    for (const signal of ENDS) process.on(signal, () => resolve());
  });
  try {
    const shown = name ?? (await onlyInstance());
    const signal = AbortSignal.timeout(FIRST_TIMEOUT_MS);
    const answer = await request(shown, { command: 'report', isWhole: false }, { signal });
    if (answer.type === 'report') return await show(shown, port, output, ended);
    output.printError(answer.message);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    output.printError(error.message);
  }
  return 1;
}

async function show(
  name: string,
  port: number,
  { print, printError }: UiOutput,
  ended: Promise<void>,
): Promise<number> {
  const instance = new ControlInstance({ name, onChange: (change) => printError(changeLine(name, change)) });
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const server = new OpsServer({
    address: parseOpsAddress(`127.0.0.1:${port}`),
    instance,
    metricsText,
    sampleOf,
    page: new PageFiles(path.join(import.meta.dirname, 'page')),
    oneTimeToken: token,
    // Whoever else is on this machine may find the port.
    readers: 'session',
    onError: (error) => printError(error instanceof Error ? error.message : String(error)),
  });
  try {
    await server.listen();
  } catch (error) {
    // Nobody has asked for an address, only for a port.
    printError(`Cannot listen on port ${port}: ${portText(error)}. Leave --port out, or give another`);
    await server.close();
    instance.close();
    return 1;
  }
  void instance.follow();
  print(`${server.url}/?token=${token}`);
  await ended;
  await server.close();
  instance.close();
  return 0;
}

function portText(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = codeOf(cause);
  return typeof code === 'string' ? systemErrorText(code) : String(error);
}

function changeLine(name: string, change: Change): string {
  switch (change.type) {
    case 'lost':
      return change.hasEnded
        ? `${name} has ended; the page goes on when it runs again`
        : `the connection to ${name} is lost; the page goes on when it answers again`;
    case 'back':
      return `${name} answers again, as process ${change.pid}`;
    default:
      return change satisfies never;
  }
}
