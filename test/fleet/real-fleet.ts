import { Running } from '../production/running.ts';
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

  private constructor(t: Scope, engine: NatsServer, hosts: readonly [RealHost, RealHost, RealHost]) {
    this.#t = t;
    this.engine = engine;
    this.hosts = hosts;
  }

  /** Waits until all workers are ready, and all hosts known. */
  static async start(t: Scope, { workers = 2, runMs = 120_000 } = {}): Promise<RealFleet> {
    const engine = await startServer(t);
    const start = async (name: string): Promise<RealHost> => {
      const flags = ['--fleet', engine.url, '--fleet-name', FLEET, '--fleet-host', name];
      return { name, running: await Running.start(t, { workers, flags, timeoutMs: runMs }) };
    };
    const hosts = await Promise.all([start('web-1'), start('web-2'), start('web-3')]);
    const fleet = new RealFleet(t, engine, hosts);
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
