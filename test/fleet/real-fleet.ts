import type { FleetStatus } from '../../src/api/operations.ts';
import { Started } from '../ops/started.ts';
import { Running } from '../production/running.ts';
import type { StartOptions } from '../production/running.ts';
import { type Load, until } from '../support/load.ts';
import { inRoot } from '../support/paths.ts';
import { type Outcome, type Program, type Scope, startProgram } from '../support/program.ts';
import { startServer } from './nats-hosts.ts';
import type { NatsServer } from './nats-server.ts';

/** What a host says of its fleet. */
export const ENGINE_AWAY = "the fleet's engine is away: this host serves on";
export const ENGINE_BACK = "the fleet's engine is back";

const FLEET = 'shop';
const COMMAND_MS = 180_000;
/** Of the rates of `Load`: three hosts and their clients share one machine. */
const PART = 1 / 3;

/** What `grappolo fleet status --json` says. */
interface Status {
  readonly fleet: 'known' | 'unknown';
  readonly hosts: readonly { readonly host: string; readonly state: string; readonly generation?: number }[];
}

/** One of the hosts: an instance of `grappolo start` with a program, a folder and a port of its own. */
export interface RealHost {
  readonly name: string;
  readonly running: Running;
}

/** Three hosts and the server that they find each other by, all of them processes of this machine. */
export class RealFleet {
  readonly engine: NatsServer;
  readonly hosts: readonly [RealHost, RealHost, RealHost];
  readonly #t: Scope;
  /** The first host's operations address. */
  readonly #ops: Started;

  private constructor(
    t: Scope,
    engine: NatsServer,
    hosts: readonly [RealHost, RealHost, RealHost],
    ops: Started,
  ) {
    this.#t = t;
    this.engine = engine;
    this.hosts = hosts;
    this.#ops = ops;
  }

  /** Waits until all workers are ready, and all hosts known. */
  static async start(t: Scope, { workers = 2, runMs = 120_000 } = {}): Promise<RealFleet> {
    const engine = await startServer(t);
    const optionsOf = (name: string): StartOptions => ({
      workers,
      flags: ['--fleet', engine.url, '--fleet-name', FLEET, '--fleet-host', name],
      timeoutMs: runMs,
    });
    const [ops, second, third] = await Promise.all([
      Started.start(t, optionsOf('web-1')),
      Running.start(t, optionsOf('web-2')),
      Running.start(t, optionsOf('web-3')),
    ]);
    const hosts = [
      { name: 'web-1', running: ops.running },
      { name: 'web-2', running: second },
      { name: 'web-3', running: third },
    ] as const;
    const fleet = new RealFleet(t, engine, hosts, ops);
    await fleet.untilKnown();
    return fleet;
  }

  /** Steady requests to each host: some on fresh connections, some on kept ones. */
  load(part = PART): readonly Load[] {
    return this.hosts.map(({ running }) => running.load({ slowMs: 20, part }));
  }

  /** Starts `grappolo fleet …`. */
  begin(...args: readonly string[]): Program {
    return startProgram(this.#t, inRoot('dist/cli.cjs'), {
      cluster: 'node',
      args: ['fleet', ...args],
      env: { GRAPPOLO_FLEET: this.engine.url, GRAPPOLO_FLEET_NAME: FLEET },
      timeoutMs: COMMAND_MS,
    });
  }

  run(...args: readonly string[]): Promise<Outcome> {
    return this.begin(...args).ended;
  }

  async status(): Promise<Status> {
    const { stdout } = await this.run('status', '--json');
    return JSON.parse(stdout) as Status;
  }

  /** Who is in the fleet, as the first host's operations page has it; `undefined` where that does not know of one yet. */
  async page(): Promise<FleetStatus | undefined> {
    const { status, body } = await this.#ops.ask('/fleet');
    return status === 200 ? (JSON.parse(body) as FleetStatus) : undefined;
  }

  /** Until each host is known to whoever asks. */
  async untilKnown(timeoutMs = 30_000): Promise<void> {
    await until('all hosts to be known', async () => (await this.knownHosts()).length === 3, timeoutMs);
  }

  async knownHosts(): Promise<readonly string[]> {
    const { hosts } = await this.status();
    return hosts.filter(({ state }) => state === 'known').map(({ host }) => host);
  }

  /** Those of the hosts, by what each says itself. */
  async generations(): Promise<readonly number[]> {
    const each = await Promise.all(this.hosts.map(({ running }) => running.status()));
    return each.map(({ generation }) => generation);
  }

  /** How often each host has said this of the fleet. */
  notes(text: string): readonly number[] {
    return this.hosts.map(({ running }) => running.program.stdout.split(text).length - 1);
  }
}
