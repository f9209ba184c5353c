import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import type { TestContext } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { startProgram } from '../support/program.ts';
import type { Outcome, Program, ProgramOptions } from '../support/program.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const MAIN = inRoot('dist/cli.cjs');

/** A config file that says so and is never done. */
export const SLOW_CONFIG =
  "process.stdout.write('loading\\n'); await new Promise(() => setInterval(() => {}, 1000)); export default {};";

export function programFile(name: string): string {
  return inRoot('test/cli/programs', name);
}

/** An environment in which no other instance is known; it is forgotten with its test. */
export function ownEnvironment(t: TestContext): { readonly XDG_RUNTIME_DIR: string } {
  return { XDG_RUNTIME_DIR: makeFolder(t) };
}

/** Starts the command with these arguments; it is ended with its test. */
export function startCommand(
  t: TestContext,
  args: readonly string[],
  { env, ...options }: ProgramOptions = {},
): Program {
  return startProgram(t, MAIN, {
    cluster: 'node',
    ...options,
    args,
    env: { ...ownEnvironment(t), FORCE_COLOR: undefined, ...env },
  });
}

/** Starts a program of this folder on two workers, and waits until both are ready. */
export async function startReady(t: TestContext, name: string, ...args: readonly string[]): Promise<Running> {
  const env = ownEnvironment(t);
  const program = startCommand(t, ['start', programFile(name), '--workers', '2', ...args], { env });
  await program.waitFor(/ready, \d+ workers?\n/);
  const [, place = ''] = /listening on (.*)\n/.exec(program.stdout) ?? [];
  const run = (...other: readonly string[]): Promise<Outcome> => startCommand(t, other, { env }).ended;
  return { program, place, run };
}

export interface Running {
  readonly program: Program;
  /** Where it listens, as the command says. */
  readonly place: string;
  /** Runs another command that can reach this one. */
  readonly run: (...args: readonly string[]) => Promise<Outcome>;
}

/** What the command itself has said so far, without its name. */
export function saidIn(output: string): string[] {
  return [...output.matchAll(/^grappolo: (.*)$/gm)].map(([, line = '']) => line);
}

/** The process ids of all workers that were started so far. */
export function workerPids(output: { readonly stdout: string }): number[] {
  return [...output.stdout.matchAll(/worker \d+ \(pid (\d+)\) started/g)].map(([, pid]) => Number(pid));
}

/** The same, once it is told of `count`: a worker may answer before its start has been read here. */
export async function startedPids(program: Program, count: number): Promise<number[]> {
  await program.waitFor(new RegExp(`(?:worker \\d+ \\(pid \\d+\\) started\\n[^]*){${count}}`));
  return workerPids(program);
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
  readonly slot: Slot;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
  readonly nodeOptions: string | null;
}

/** All that a worker finds about its slot. */
interface Slot {
  readonly slot: number;
  readonly own: string;
  readonly pm2: string;
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
