import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import type { TestContext } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { startProgram } from '../support/program.ts';
import type { Outcome, Program, ProgramOptions } from '../support/program.ts';

const MAIN = inRoot('dist/cli/main.js');

export function programFile(name: string): string {
  return inRoot('test/cli/programs', name);
}

/** Starts the command with these arguments; it is ended with its test. */
export function startCommand(t: TestContext, args: readonly string[], options: ProgramOptions = {}): Program {
  return startProgram(t, MAIN, { cluster: 'node', ...options, args });
}

/** Starts a program of this folder on two workers, and waits until both listen. */
export async function startReady(t: TestContext, name: string, ...args: readonly string[]): Promise<Running> {
  const program = startCommand(t, ['start', programFile(name), '--workers', '2', ...args]);
  const [, place = ''] = await program.waitFor(/listening on (.*)\n/);
  await program.waitFor(/ready, \d+ workers?\n/);
  return { program, place };
}

export interface Running {
  readonly program: Program;
  /** Where it listens, as the command says. */
  readonly place: string;
}

/** The process ids of all workers that were started so far. */
export function workerPids(output: { readonly stdout: string }): number[] {
  return [...output.stdout.matchAll(/worker \d+ \(pid (\d+)\) started/g)].map(([, pid]) => Number(pid));
}

/** Waits for the end, and makes sure that it left no worker. */
export async function endOf(program: Program): Promise<Outcome> {
  const outcome = await program.ended;
  assert(!outcome.isHung, `hung:\n${outcome.stdout}\n${outcome.stderr}`);
  for (const pid of workerPids(outcome)) assert(!isAlive(pid), `worker process ${pid} is still there`);
  return outcome;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export interface Answer {
  readonly pid: number;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
  readonly nodeOptions: string | null;
}

/** A request over a connection of its own. */
export async function ask(where: string | http.RequestOptions): Promise<Answer> {
  const request =
    typeof where === 'string' ? http.get(where, { agent: false }) : http.get({ ...where, agent: false });
  return readAnswer(request);
}

/** Begins a request that the server answers once `finish` is called. */
export function askSlowly(url: string): { finish: () => Promise<Answer>; failed: Promise<unknown> } {
  const request = http.request(url, { method: 'POST', agent: false });
  request.write('a');
  const answer = readAnswer(request);
  const failed = answer.then(
    () => assert.fail('it was answered'),
    (error: unknown) => error,
  );
  // Looked at by some tests only.
  failed.catch(() => {});
  return {
    failed,
    finish: () => {
      request.end('z');
      return answer;
    },
  };
}

async function readAnswer(request: http.ClientRequest): Promise<Answer> {
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += String(part);
  return JSON.parse(text) as Answer;
}

/** A port that is taken until the test ends. */
export async function takePort(t: TestContext): Promise<number> {
  const server = net.createServer().listen(0);
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as net.AddressInfo).port;
}
