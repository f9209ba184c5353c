import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

import { limitMs } from './limits.ts';
import { REGISTER_FILE, REGISTER_URL, ROOT } from './paths.ts';

/** Which cluster module a program gets when it asks for `cluster`. */
export type ClusterKind = 'node' | 'import' | 'require';

export interface ProgramOptions {
  /** Default: `'import'`, so grappolo by `--import`. */
  readonly cluster?: ClusterKind;
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** The binary. Default: the Node that runs this. */
  readonly node?: string;
  readonly uid?: number;
  /** Descriptors that it gets as 3, 4 and so on, as from a service manager. */
  readonly passed?: readonly number[];
  /** After this, on a quiet machine, the program and its workers are killed, and the run counts as hung. Default: 20 s. */
  readonly timeoutMs?: number;
}

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly isHung: boolean;
}

const DEFAULT_TIMEOUT_MS = 20_000;
const [MAJOR = 0] = process.versions.node.split('.').map(Number);

/** A running program: its output as it comes, and its end. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  #stdout = '';
  #stderr = '';
  #isHung = false;

  constructor(file: string, options: ProgramOptions = {}) {
    const {
      cluster = 'import',
      args = [],
      execArgv = [],
      env = {},
      cwd = ROOT,
      node = process.execPath,
      uid,
      passed,
      timeoutMs = DEFAULT_TIMEOUT_MS,
    } = options;
    const nodeArgs = [...preload(cluster), ...execArgv, file, ...args];
    // A manager names the process for which they are by its id, which a shell knows before it becomes that.
    const [command, commandArgs] = passed
      ? ['sh', ['-c', 'LISTEN_PID=$$ exec "$@"', 'sh', node, ...nodeArgs]]
      : [node, nodeArgs];
    this.child = spawn(command, commandArgs, {
      cwd,
      ...(uid !== undefined && { uid }),
      env: {
        ...withoutTestRunner(process.env),
        ...(passed && { LISTEN_FDS: String(passed.length) }),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', ...(passed ?? [])],
      // A group of its own, so that what hangs is ended with all its workers.
      detached: true,
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    const timer = setTimeout(() => {
      this.#isHung = true;
      this.killGroup();
    }, limitMs(timeoutMs));
    this.ended = once(this.child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]) => {
      clearTimeout(timer);
      return {
        code: code as number | null,
        signal: signal as NodeJS.Signals | null,
        stdout: this.#stdout,
        stderr: this.#stderr,
        isHung: this.#isHung,
      };
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get pid(): number {
    assert(this.child.pid !== undefined, 'the program did not start');
    return this.child.pid;
  }

  /** Waits until standard output holds a match, and gives it. Fails when the program ends first. */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stdout);
      if (match) return match;
      const ended = await Promise.race([
        this.ended.then(() => true),
        once(this.child.stdout as NonNullable<ChildProcess['stdout']>, 'data').then(() => false),
      ]);
      if (ended && !pattern.test(this.#stdout)) {
        assert.fail(`The program ended before it printed ${pattern}:\n${this.#stdout}\n${this.#stderr}`);
      }
    }
  }

  /** Ends the program and all that it started. */
  killGroup(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
}

/** Whoever does at its end what it was told: a test, or a script. */
export type Scope = Pick<TestContext, 'after'>;

/**
 * One of two variants for the test of that number: a version of Node tries each with half of the tests, and the next even one
 * has the halves changed round.
 */
export function ofTwo<Variant>(number: number, one: Variant, other: Variant): Variant {
  return (number + Math.floor(MAJOR / 2)) % 2 === 0 ? one : other;
}

/** Starts a program that is ended with its test. */
export function startProgram(t: Scope, file: string, options?: ProgramOptions): Program {
  const program = new Program(file, options);
  t.after(async () => {
    program.killGroup();
    await program.ended;
  });
  return program;
}

/** Runs a program to its end. */
export async function runProgram(file: string, options?: ProgramOptions): Promise<Outcome> {
  const program = new Program(file, options);
  const outcome = await program.ended;
  program.killGroup();
  return outcome;
}

function preload(cluster: ClusterKind): string[] {
  switch (cluster) {
    case 'node':
      return [];
    case 'import':
      return ['--import', REGISTER_URL];
    case 'require':
      return ['--require', REGISTER_FILE];
    default:
      return cluster satisfies never;
  }
}

/** node:test marks its children by the environment; a program under test must not think that it is one. */
function withoutTestRunner(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _context, NODE_CHANNEL_FD: _fd, ...rest } = env;
  return rest;
}
