import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import type { FleetLink } from '../api/fleet-link.ts';
import type { Report } from '../api/operations.ts';
import type { Supervisor, SupervisorStatus } from '../api/supervisor.ts';
import { GrappoloError } from '../core/errors.ts';

/** As much of the package grappolo-fleet as is needed. This package does not depend on it. */
export interface FleetPackage {
  /** Never fails for want of an engine: it tries again. */
  readonly joinFleet: (options: FleetOptions, instance: FleetInstance, events: FleetEvents) => FleetHost;
  /** Does what stands behind `grappolo fleet`, and gives the command's exit code. */
  readonly runFleetCommand: (argv: readonly string[], output: FleetOutput) => Promise<number>;
}

export interface FleetOptions {
  /** Addresses of the engine. */
  readonly servers: readonly string[];
  readonly name: string;
  readonly host: string;
  /** Of the program: to be asked anew whenever it is told, since a reload may have brought another. */
  readonly version: () => string | undefined;
  readonly credentialsFile?: string;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** What a fleet may ask of this host. */
export interface FleetInstance extends Pick<Supervisor, 'reload' | 'scale' | 'close'> {
  status(): SupervisorStatus;
  report(): Promise<Report>;
}

interface FleetEvents {
  readonly note: (text: string) => void;
  readonly problem: (error: Error & { readonly code?: string }) => void;
}

export interface FleetHost {
  /** Older versions lack it. */
  readonly link?: FleetLink;
  /** What is known of all hosts, for `readFleet()`. The engine is asked for as long as this is called each minute. Older versions lack it. */
  readonly status?: () => unknown;
  leave(): Promise<void>;
}

interface FleetOutput {
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
  readonly isTerminal: boolean;
  readonly width: number | undefined;
  readonly env: NodeJS.ProcessEnv;
}

const NAME = 'grappolo-fleet';
const INSTALL = `Run 'npm install ${NAME}'`;

/**
 * Loads the package as a file sees it, which may be one that is not there, or else as this package does.
 *
 * @throws {GrappoloError} ERR_GRAPPOLO_NO_FLEET: neither sees it, or it cannot be loaded
 */
export async function loadFleetPackage(asSeenFrom: string): Promise<FleetPackage> {
  const file = find(asSeenFrom) ?? find(import.meta.url);
  if (file === undefined) throw noFleet(`it is not installed. ${INSTALL}`);
  let loaded: Partial<FleetPackage>;
  try {
    loaded = (await import(pathToFileURL(file).href)) as Partial<FleetPackage>;
  } catch (error) {
    throw noFleet(`${file} has failed: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const { joinFleet, runFleetCommand } = loaded;
  if (typeof joinFleet === 'function' && typeof runFleetCommand === 'function')
    return { joinFleet, runFleetCommand };
  throw noFleet(`${file} is of a version for another grappolo. ${INSTALL}`);
}

function find(from: string): string | undefined {
  try {
    return createRequire(from).resolve(NAME);
  } catch {
    return undefined;
  }
}

function noFleet(why: string, cause?: unknown): GrappoloError {
  return new GrappoloError('ERR_GRAPPOLO_NO_FLEET', `Cannot load the package ${NAME}: ${why}`, { cause });
}
