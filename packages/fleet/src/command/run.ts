import type { Engine } from '../engine/engine.ts';
import { openNatsEngine } from '../engine/nats-engine.ts';
import { FleetError } from '../errors.ts';
import type { FleetErrorCode } from '../errors.ts';
import { engineOf, fleetBuckets, TTL_MS } from '../fleet-engine.ts';
import { tlsFiles } from '../host.ts';
import { ownName } from '../identity.ts';
import { type Runtime, systemRuntime } from '../machines/runtime.ts';
import { asksForHelp, readArguments, type Request, type Target } from './arguments.ts';
import { HELP } from './help.ts';
import { runRollout } from './rollout.ts';
import { runStatus } from './status.ts';

export interface FleetOutput {
  print(line: string): void;
  printError(line: string): void;
  readonly isTerminal: boolean;
  readonly width: number | undefined;
  readonly env: NodeJS.ProcessEnv;
}

export interface CommandParts {
  readonly openEngine: (target: Target) => Promise<Engine>;
  readonly runtime: Runtime;
  readonly ttlMs: number;
}

/** What a verb needs to speak with the fleet. */
export interface Session {
  /** The fleet's own view of it. */
  readonly engine: Engine;
  readonly runtime: Runtime;
  readonly ttlMs: number;
  readonly output: FleetOutput;
  /** What no other process is called. */
  readonly me: string;
}

/** `grappolo fleet …`: prints, and gives the exit code: 0, 1 where it failed, 2 where it was not understood. Never rejects. */
export function runFleetCommand(argv: readonly string[], output: FleetOutput): Promise<number> {
  return runCommandWith({ openEngine, runtime: systemRuntime, ttlMs: TTL_MS }, argv, output);
}

/** `runFleetCommand()` by an engine and a clock that tests give. */
export async function runCommandWith(
  parts: CommandParts,
  argv: readonly string[],
  output: FleetOutput,
): Promise<number> {
  if (asksForHelp(argv)) {
    output.print(HELP);
    return 0;
  }
  let request: Request;
  try {
    request = readArguments(argv, output.env);
  } catch (error) {
    output.printError(textOf(error));
    return 2;
  }
  try {
    return await perform(parts, request, output);
  } catch (error) {
    const { code, message } =
      error instanceof FleetError ? error : { code: undefined, message: String(error) };
    if (request.isJson) {
      const known = request.kind === 'status' ? { fleet: 'unknown', hosts: [] } : {};
      output.print(JSON.stringify({ ...known, error: { code, message } }));
    } else {
      if (request.kind === 'status' && isAway(code))
        output.print(`fleet ${request.target.name}: unknown, the hosts serve on`);
      output.printError(textOf(error));
    }
    return 1;
  }
}

function openEngine({ servers, name, credentialsFile, tls }: Target): Promise<Engine> {
  return openNatsEngine({
    servers,
    credentialsFile,
    tls: tlsFiles(tls),
    name: `grappolo ${name} command`,
    buckets: fleetBuckets(name),
  });
}

async function perform(parts: CommandParts, request: Request, output: FleetOutput): Promise<number> {
  const { runtime, ttlMs } = parts;
  const engine = engineOf(await parts.openEngine(request.target), request.target.name);
  try {
    const session = { engine, runtime, ttlMs, output, me: ownName() };
    return request.kind === 'status' ? await runStatus(session, request) : await runRollout(session, request);
  } finally {
    await engine.close();
  }
}

/** A login that is refused, for one, says nothing of the hosts. */
function isAway(code: FleetErrorCode | undefined): boolean {
  return code === 'ERR_FLEET_ENGINE_UNREACHABLE' || code === 'ERR_FLEET_ENGINE_LOST';
}

function textOf(error: unknown): string {
  if (error instanceof FleetError) return `${error.message} (${error.code})`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
