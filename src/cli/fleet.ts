import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { isLink } from '../api/fleet-link.ts';
import type { FleetLink } from '../api/fleet-link.ts';
import type { FleetSource, FleetStatus } from '../api/operations.ts';
import type { SupervisorEvent } from '../api/supervisor.ts';
import { codeOf } from '../core/error-code.ts';
import { loadFleetPackage } from './fleet-package.ts';
import type { FleetHost, FleetInstance, FleetOptions } from './fleet-package.ts';
import { FleetReader } from './fleet-reader.ts';
import { packageVersion, programEntry } from './program.ts';
import type { StartRequest } from './start-request.ts';

export interface FleetReport {
  readonly note: (text: string) => void;
  readonly error: (text: string, code?: string) => void;
}

/** How long a host that ends tries to say so to others, who otherwise find out by its silence. */
const LEAVE_MS = 5000;

const NO_LINK =
  "fleet: no channels and no jobs of the fleet: grappolo-fleet is older than this grappolo. Run 'npm install grappolo-fleet'";

/** This host as one of a fleet. Whatever goes wrong with that is told, and the host serves on. */
export class FleetMember implements FleetSource {
  readonly #request: StartRequest;
  readonly #report: FleetReport;
  /** `undefined` where there will be none. */
  readonly #instance: Promise<FleetInstance | undefined>;
  readonly #host: Promise<FleetHost | undefined>;
  #onInstance: ((instance: FleetInstance | undefined) => void) | undefined;
  #reader: FleetReader | undefined;
  #version: string | undefined;
  #isLeaving = false;

  private constructor(request: StartRequest, report: FleetReport) {
    this.#request = request;
    this.#report = report;
    this.#version = packageVersion(request.file);
    this.#instance = new Promise((resolve) => (this.#onInstance = resolve));
    this.#host = this.#load();
  }

  /** Of the fleet that is asked for; `undefined` where none is. */
  static of(request: StartRequest, report: FleetReport, env: NodeJS.ProcessEnv): FleetMember | undefined {
    if (request.fleet === undefined) return undefined;
    if (env['KUBERNETES_SERVICE_HOST'] !== undefined && request.fleetInKubernetes !== true) {
      report.note(
        'fleet: not joined, since Kubernetes does itself what it is for; see --fleet-in-kubernetes',
      );
      return undefined;
    }
    return new FleetMember(request, report);
  }

  /** What programs have of the fleet: `undefined` where this host could not join it. */
  get link(): Promise<FleetLink | undefined> {
    return this.#host.then((host) => host?.link);
  }

  /** Joins it, with what runs on this host. */
  join(instance: FleetInstance): void {
    this.#onInstance?.(instance);
  }

  get isJoined(): boolean {
    return this.#reader !== undefined;
  }

  async status(): Promise<FleetStatus | undefined> {
    return this.#reader?.status();
  }

  hear({ type }: SupervisorEvent): void {
    if (type === 'reload-done') this.#version = packageVersion(this.#request.file);
  }

  /** Never fails, and waits no longer than somebody has patience. */
  async leave(patience: AbortSignal): Promise<void> {
    this.#isLeaving = true;
    this.#onInstance?.(undefined);
    this.#reader = undefined;
    const ending = new AbortController();
    const signal = AbortSignal.any([ending.signal, patience]);
    const left = this.#host.then((host) => host?.leave()).catch((error: unknown) => this.#problem(error));
    const late = delay(LEAVE_MS, undefined, { signal }).then(
      () => this.#report.error('fleet: not left in time; others miss this host when it has been silent'),
      () => {},
    );
    await Promise.race([left, late]);
    ending.abort();
  }

  async #load(): Promise<FleetHost | undefined> {
    const { file } = this.#request;
    // Workers are started first.
    const instance = await this.#instance;
    if (!instance) return undefined;
    try {
      const { joinFleet } = await loadFleetPackage(programEntry(file) ?? path.resolve(file));
      if (this.#isLeaving) return undefined;
      const options = this.#options();
      const host = joinFleet(options, instance, {
        note: (text) => this.#report.note(`fleet: ${text}`),
        problem: (error) => this.#problem(error),
      });
      if (!isLink(host.link)) this.#report.error(NO_LINK);
      if (typeof host.status === 'function') this.#reader = new FleetReader(() => host.status?.(), options);
      return host;
    } catch (error) {
      this.#problem(error);
      return undefined;
    }
  }

  #problem(error: unknown): void {
    const code = codeOf(error);
    this.#report.error(
      `fleet: ${error instanceof Error ? error.message : String(error)}`,
      typeof code === 'string' ? code : undefined,
    );
  }

  #options(): FleetOptions {
    const { fleet = [], fleetName = '', fleetHost = os.hostname(), fleetCredentials } = this.#request;
    const { fleetCa, fleetCert, fleetKey } = this.#request;
    const tls = {
      ...(fleetCa !== undefined && { ca: path.resolve(fleetCa) }),
      ...(fleetCert !== undefined && { cert: path.resolve(fleetCert) }),
      ...(fleetKey !== undefined && { key: path.resolve(fleetKey) }),
    };
    return {
      servers: fleet,
      name: fleetName,
      host: fleetHost,
      version: () => this.#version,
      ...(fleetCredentials !== undefined && { credentialsFile: path.resolve(fleetCredentials) }),
      ...(Object.keys(tls).length > 0 && { tls }),
    };
  }
}
