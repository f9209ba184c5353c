import childProcess, { ChildProcess } from 'node:child_process';
import path from 'node:path';

import { invalidArgType } from '../core/errors.ts';
import type { GrappoloError } from '../core/errors.ts';
import { inspectArgument } from '../core/inspect-port.ts';
import type { InspectAnswer } from '../core/inspect-port.ts';
import { splitNodeOptions } from '../core/node-options.ts';
import type { ClusterSettings } from '../core/settings.ts';
import { nodeOptionsOf, planFork } from '../core/worker-environment.ts';
import type { SupervisionMark } from '../core/worker-mark.ts';
import { isBundled, mainProgram } from '../system/native-require.ts';
import { isPortFree } from '../system/node-internals.ts';
import { packageFile } from '../system/package-files.ts';
import { isRegisterSpecifier } from '../system/register-module.ts';

/** A started worker process; or one that could not be started, whose error is still to be told. */
export interface Spawned {
  readonly child: ChildProcess;
  readonly error: Error | undefined;
}

export interface SpawnRequest {
  readonly id: number;
  readonly slot: number;
  readonly supervision?: SupervisionMark | undefined;
  /** Whether this host is in a fleet, or about to be. */
  readonly hasFleet: boolean;
  /** Added to this process's environment. */
  readonly env: NodeJS.ProcessEnv | undefined;
}

/** Starts worker processes and remembers which inspector ports they were given. */
export class Spawner {
  #inspectOffset = 0;
  /** Those of workers that live, which may not have opened them yet. */
  readonly #inspectPorts = new Set<number>();
  #hasStarted = false;
  /** As it is when the first worker is started: who has wrapped it before sees workers too. */
  #forkProcess: typeof childProcess.fork | undefined;

  /** @throws What `child_process.fork()` throws for wrong settings; a spawn that fails is told in the result. */
  spawn({ env: given, ...request }: SpawnRequest, settings: ClusterSettings): Spawned {
    const env = { ...process.env, ...given };
    const { exec, args, execArgv } = settings;
    // fork() would take an object for its options, and the worker, without its mark, would fork workers of its own.
    if (typeof args === 'object' && args !== null && !Array.isArray(args)) {
      throw invalidArgType('settings.args', 'an array', args);
    }
    let bootFile: string | undefined;
    try {
      bootFile = bootFileFor(exec);
    } catch (error) {
      // The first time it is the program's fault; later it happens to it, as a process that cannot be started does.
      if (!this.#hasStarted) throw error;
      return { child: unreachable(new ChildProcess()), error: error as Error };
    }
    const nodeArgs = nodeArguments(execArgv);
    const inspect = this.#inspectAnswer(nodeArgs, nodeOptionsOf(env) ?? '', settings);
    const plan = planFork({
      ...request,
      env,
      execArgv: inspect.argument === undefined ? nodeArgs : [...nodeArgs, inspect.argument],
      bootFile,
      isRegister: isRegisterSpecifier,
    });
    try {
      this.#forkProcess ??= childProcess.fork;
      const child = this.#forkProcess(exec as string, args, {
        ...spawnOptions(settings),
        ...plan,
      } as childProcess.ForkOptions);
      this.#hasStarted = true;
      this.#keepPort(child, inspect.port);
      return { child: child.pid === undefined ? unreachable(child) : child, error: undefined };
    } catch (error) {
      if (!isSpawnFailure(error)) throw error;
      return { child: unreachable(new ChildProcess()), error };
    }
  }

  #inspectAnswer(
    execArgv: readonly string[],
    nodeOptions: string,
    { inspectPort }: ClusterSettings,
  ): InspectAnswer {
    const answer = inspectArgument({
      execArgv,
      nodeOptions: splitNodeOptions(nodeOptions),
      inspectPort,
      primaryExecArgv: process.execArgv,
      primaryPort: process.debugPort,
      offset: this.#inspectOffset,
      isFree: (port, host) => !this.#inspectPorts.has(port) && isPortFree(port, host),
    });
    this.#inspectOffset = answer.offset;
    return answer;
  }

  #keepPort(child: ChildProcess, port: number | undefined): void {
    if (port === undefined || child.pid === undefined) return;
    this.#inspectPorts.add(port);
    child.once('exit', () => this.#inspectPorts.delete(port));
  }
}

/**
 * What makes a process a worker; `undefined` where the program will do so itself: a bundler has put the library into one file
 * with it, and there is no other copy.
 *
 * @throws ERR_GRAPPOLO_FILES_MISSING, ERR_GRAPPOLO_VERSION_CHANGED.
 */
function bootFileFor(exec: unknown): string | undefined {
  try {
    return packageFile('boot.cjs');
  } catch (error) {
    const isOurProgram = typeof exec === 'string' && path.resolve(exec) === mainProgram();
    if ((error as Partial<GrappoloError>).code === 'ERR_GRAPPOLO_FILES_MISSING' && isOurProgram && isBundled)
      return undefined;
    throw error;
  }
}

/**
 * One that was never started has no id, and Node would send a signal to what its handle holds in place of one: 0, which is this
 * process's own group, or whatever was in that memory.
 */
function unreachable(child: ChildProcess): ChildProcess {
  child.kill = () => false;
  return child;
}

/** What the settings have in common with the options of child_process.fork(), and nothing else of either. */
function spawnOptions(settings: ClusterSettings): Partial<ClusterSettings> {
  const { cwd, gid, serialization, silent, stdio, uid, windowsHide } = settings;
  return { cwd, gid, serialization, silent, stdio, uid, windowsHide };
}

/** Whatever a program put there arrives as text; a text in place of an array would arrive as its letters. */
function nodeArguments(execArgv: unknown): string[] {
  if (execArgv === undefined || execArgv === null) return [];
  if (!Array.isArray(execArgv)) throw invalidArgType('settings.execArgv', 'an array', execArgv);
  return execArgv.map(String);
}

/** Some failures to start a process are thrown, others arrive as 'error'; wrong arguments are neither. */
function isSpawnFailure(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && String((error as NodeJS.ErrnoException).syscall).startsWith('spawn');
}
