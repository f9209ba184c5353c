import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { TestContext } from 'node:test';

import { limitMs } from '../support/limits.ts';
import { inRoot } from '../support/paths.ts';
import { startProgram } from '../support/program.ts';
import type { Program } from '../support/program.ts';

/** The folder in which the packages, and the built library as a package, are installed. */
export const FOLDER: string = inRoot('test/packages');

/** The library among those, as its users have it. */
export const LIBRARY: string = path.join(FOLDER, 'node_modules/grappolo');

/** What is used of a client of Socket.IO. */
export interface SocketIoClient extends NodeJS.EventEmitter {
  timeout(ms: number): { emitWithAck(event: string): Promise<number> };
  disconnect(): void;
}

/** Loads one of the packages, for its client. */
export const requirePackage: NodeJS.Require = createRequire(`${FOLDER}/package.json`);

export interface StartOptions {
  /** Behind `node`, from what a user would type. */
  readonly flags: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program of this folder as its user would, from where it lies. */
export function startUnder(t: TestContext, file: string, { flags, env = {} }: StartOptions): Program {
  const program = path.join(FOLDER, 'programs', file);
  return startProgram(t, program, {
    cluster: 'node',
    execArgv: flags,
    env,
    cwd: path.dirname(program),
  });
}

/** The port that a program has printed behind a word; by default, behind whose workers listen on it. */
export async function portOf(program: Program, word = `${clusterOf(program)} port`): Promise<number> {
  const match = await program.waitFor(new RegExp(`\\b${word} (\\d+)\\n`));
  return Number(match[1]);
}

/** Whose workers a program has to have, by the flags that it was started with. */
export function clusterOf({ child }: Program): string {
  return child.spawnargs.includes('grappolo/register') ? 'Grappolo' : 'node:cluster';
}

/** The response's body, on a connection of its own. */
export async function get(port: number, target = '/'): Promise<string> {
  const signal = AbortSignal.timeout(limitMs(10_000));
  return await new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path: target, agent: false, signal }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () => resolve(body));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

/** Asks until so many workers have answered; gives how often each of them has. */
export async function askAll(port: number, workers: number): Promise<Map<number, number>> {
  const answers = new Map<number, number>();
  const untilMs = performance.now() + limitMs(10_000);
  while (answers.size < workers) {
    if (performance.now() > untilMs) throw new Error(`only ${[...answers.keys()].join()} answered`);
    const { worker } = JSON.parse(await get(port, '/who')) as { worker: number };
    answers.set(worker, (answers.get(worker) ?? 0) + 1);
  }
  return answers;
}
