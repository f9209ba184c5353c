import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';

import type { Program } from '../support/program.ts';

/** One way to run a sample, and what must come of it. */
export interface Scenario {
  readonly args?: readonly string[];
  /** Uses the running program and gives what it saw. */
  readonly drive?: (program: Program) => Promise<unknown>;
  /** What `drive` must have seen. */
  readonly driven?: unknown;
  /** Lines of standard output, in any order, with N for process ids and ports. */
  readonly stdout: readonly string[];
  /** How the program ends: with an exit code, or never by itself, so that it is ended. */
  readonly end: number | 'SIGTERM';
}

/** The ways to run a sample, by its name without an extension. */
export function scenariosOf(sample: string): readonly Scenario[] {
  const scenarios = SCENARIOS[sample];
  assert(scenarios, `nothing says what the sample ${sample} does`);
  return scenarios;
}

const SCENARIOS: Readonly<Record<string, readonly Scenario[]>> = {
  'http-server': [
    {
      drive: useHttpServer,
      driven: Array.from({ length: 6 }, () => '200 hello world\n'),
      stdout: ['Primary N is running', ...twice('Worker N started'), ...twice('port N'), 'worker N died'],
      end: 'SIGTERM',
    },
  ],
  'worker-disconnect-event': [{ stdout: ['disconnected'], end: 0 }],
  'worker-exit-event': [
    { stdout: ['worker successo!'], end: 0 },
    { args: ['error'], stdout: ['worker è uscito con codice di errore: 3'], end: 0 },
    { args: ['signal'], stdout: ['worker è stato interrotto dal segnale: SIGKILL'], end: 0 },
  ],
  'worker-listening-event': [{ stdout: ['4 address,addressType,fd,port'], end: 0 }],
  'count-requests': [
    {
      drive: countRequests,
      driven: 'numReqs = 5',
      stdout: twice('port N'),
      end: 'SIGTERM',
    },
  ],
  'worker-online-event': [{ stdout: ['online'], end: 0 }],
  'worker-disconnect-timeout': [
    { stdout: ['shutdown', 'exit 0 null'], end: 0 },
    { args: ['stuck'], stdout: ['shutdown', 'exit null SIGTERM'], end: 0 },
  ],
  'worker-exited-after-disconnect': [
    { stdout: ['exit null SIGTERM false'], end: 0 },
    {
      args: ['disconnect'],
      stdout: ["Oh, è stato solo volontario – non c'è bisogno di preoccuparsi", 'exit 0 null true'],
      end: 0,
    },
  ],
  'worker-is-dead': [
    {
      drive: useDyingServer,
      driven: { answers: twice('200 Current process\n N'), processes: 2 },
      stdout: [
        'Primary N is running',
        ...twice('worker is dead: false'),
        ...twice('port N'),
        ...twice('worker is dead: true'),
      ],
      end: 0,
    },
  ],
  'worker-send': [{ stdout: ['echo: hi there'], end: 0 }],
  'cluster-disconnect-event': [
    { stdout: ['Il worker #1 si è disconnesso', 'Il worker #2 si è disconnesso'], end: 0 },
  ],
  'cluster-exit-event': [
    {
      drive: killAndSeeRestarts,
      stdout: [
        ...twice('Worker N started'),
        'Worker N started',
        'worker N è morto (SIGKILL). Riavvio...',
        'worker N è morto (3). Riavvio...',
      ],
      end: 'SIGTERM',
    },
  ],
  'cluster-fork-event': [
    { drive: (program) => endListeningWorker(program), driven: 1, stdout: ['port N'], end: 0 },
    {
      args: ['silent'],
      drive: async (program) => {
        await waitForErrors(program, 1);
        return endListeningWorker(program, 2);
      },
      driven: 2,
      stdout: ['port N'],
      end: 'SIGTERM',
    },
  ],
  'cluster-listening-event': [
    {
      drive: (program) => program.waitFor(/127\.0\.0\.1:\d+[^]*null:\d+\n/).then(() => undefined),
      stdout: ['Un worker è ora connesso a 127.0.0.1:N', 'Un worker è ora connesso a null:N'],
      end: 'SIGTERM',
    },
  ],
  'cluster-online-event': [
    {
      drive: (program) => program.waitFor(/(Evvai.*\n){2}/).then(() => undefined),
      stdout: Array.from(
        { length: 2 },
        () => 'Evvai, il worker ha risposto dopo essere stato creato tramite fork',
      ),
      end: 'SIGTERM',
    },
  ],
  'setup-primary': [
    {
      drive: (program) => program.waitFor(/(#\d .*\n[^]*){2}/).then(() => undefined),
      stdout: [
        ...twice('setup worker.js --use https true'),
        ...twice('setup worker.js --use http true'),
        '#1 --use https: https server',
        '#2 --use http: http server',
      ],
      end: 'SIGTERM',
    },
  ],
  'cluster-worker': [
    {
      drive: (program) => program.waitFor(/(#\d\n[^]*){2}/).then(() => undefined),
      stdout: ['I am primary', 'I am worker #1', 'I am worker #2'],
      end: 'SIGTERM',
    },
  ],
  'cluster-workers': [
    {
      stdout: ['#1 heard: big announcement to all workers', '#2 heard: big announcement to all workers'],
      end: 0,
    },
  ],
};

async function useHttpServer(program: Program): Promise<string[]> {
  const port = await portOf(program, 2);
  const answers = [await get(port), await get(port), await get(port), await get(port)];
  const worker = await program.waitFor(/Worker (\d+) started/);
  process.kill(Number(worker[1]));
  await program.waitFor(new RegExp(`worker ${worker[1]} died`));
  return [...answers, await get(port), await get(port)];
}

async function countRequests(program: Program): Promise<string | undefined> {
  const port = await portOf(program, 2);
  for (let i = 0; i < 5; i += 1) assert.equal(await get(port), '200 hello world\n');
  const [line] = await program.waitFor(/numReqs = 5/);
  return line;
}

async function useDyingServer(program: Program): Promise<{ answers: string[]; processes: number }> {
  const port = await portOf(program, 2);
  const first = await get(port);
  await program.waitFor(/worker is dead: true/);
  const answers = [first, await get(port)];
  return { answers: answers.map((answer) => answer.replace(/\d+$/, 'N')), processes: new Set(answers).size };
}

async function killAndSeeRestarts(program: Program): Promise<void> {
  const first = await program.waitFor(/Worker (\d+) started/);
  process.kill(Number(first[1]), 'SIGKILL');
  await program.waitFor(/\(3\)\. Riavvio[^]*Worker \d+ started/);
}

/** A request on which the worker exits; gives how many complaints were printed by then. */
async function endListeningWorker(program: Program, complaints = 1): Promise<number> {
  assert.equal(await get(await portOf(program, 1)), '200 bye\n');
  await waitForErrors(program, complaints);
  if (complaints === 1) await program.ended;
  return complaintsOf(program);
}

async function waitForErrors(program: Program, count: number): Promise<void> {
  const { stderr } = program.child;
  assert(stderr);
  while (complaintsOf(program) < count) {
    const isEnded = await Promise.race([
      once(stderr, 'data').then(() => false),
      program.ended.then(() => true),
    ]);
    assert(!isEnded || complaintsOf(program) >= count, `The program ended too early:\n${program.stderr}`);
  }
}

function complaintsOf({ stderr }: Program): number {
  return stderr.split('Qualcosa deve essere sbagliato con la connessione ...\n').length - 1;
}

/** The port of the sample's server, once so many workers listen. */
async function portOf(program: Program, workers: number): Promise<number> {
  const match = await program.waitFor(new RegExp(`(?:port (\\d+)\\n[^]*){${workers}}`));
  return Number(match[1]);
}

/** A request on a connection of its own: status and body. */
async function get(port: number): Promise<string> {
  const request = http.get({ port, agent: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let body = '';
  for await (const text of response.setEncoding('utf8')) body += text;
  return `${response.statusCode} ${body}`;
}

function twice(line: string): string[] {
  return [line, line];
}
