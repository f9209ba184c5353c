import { setImmediate } from 'node:timers/promises';
import type { TestContext } from 'node:test';

import type { MemoryEngine } from '../../packages/fleet/src/engine/memory-engine.ts';
import { MemoryStore } from '../../packages/fleet/src/engine/memory-store.ts';
import { fleetBuckets, TTL_MS } from '../../packages/fleet/src/fleet-engine.ts';
import { joinWith } from '../../packages/fleet/src/host/join.ts';
import type { FleetEvents, FleetHost, FleetOptions } from '../../packages/fleet/src/host.ts';
import type { Runtime } from '../../packages/fleet/src/machines/runtime.ts';
import { MovedClock } from './moved-clock.ts';
import { PlayedInstance } from './played-instance.ts';

export interface PlayedHost {
  readonly name: string;
  readonly instance: PlayedInstance;
  readonly fleet: FleetHost;
  readonly engine: () => MemoryEngine | undefined;
  readonly notes: readonly string[];
  readonly problems: readonly string[];
}

interface JoinOptions {
  readonly version?: FleetOptions['version'];
  readonly fleet?: string;
  /** Told as well, after it was written down. */
  readonly events?: FleetEvents;
}

/** Hosts in this process, on an engine in memory, in a time that passes when a test says so. */
export class MemoryFleet {
  readonly clock: MovedClock = new MovedClock();
  readonly store: MemoryStore = new MemoryStore({ buckets: fleetBuckets('shop'), clock: this.clock });
  readonly runtime: Runtime = {
    nowMs: () => this.clock.nowMs(),
    wallMs: () => 1.7e12 + this.clock.nowMs(),
    chance: () => 0.5,
    after: (ms, act) => this.clock.after(ms, act),
  };
  /** What an engine fails with when it is opened. */
  refusal: Error | undefined;

  join(name: string, options: JoinOptions = {}): PlayedHost {
    const instance = new PlayedInstance();
    const notes: string[] = [];
    const problems: string[] = [];
    let engine: MemoryEngine | undefined;
    const openEngine = async (): Promise<MemoryEngine> => {
      if (this.refusal) throw this.refusal;
      engine = this.store.connect();
      return engine;
    };
    const fleet = joinWith(
      { openEngine, runtime: this.runtime, ttlMs: TTL_MS },
      { servers: [], name: options.fleet ?? 'shop', host: name, version: options.version ?? '1.0.0' },
      instance,
      {
        note: (text) => {
          notes.push(text);
          return options.events?.note(text);
        },
        problem: (error) => {
          problems.push(`${error.code}: ${error.message}`);
          return options.events?.problem(error);
        },
      },
    );
    return { name, instance, fleet, engine: () => engine, notes, problems };
  }

  /** Lets all that falls due happen in its order, and what follows from it. */
  async pass(ms: number): Promise<void> {
    for (let restMs = ms; restMs > 0; restMs -= 50) {
      await setImmediate();
      this.clock.pass(Math.min(50, restMs));
    }
    await setImmediate();
  }

  /** As where the process hangs: so long nothing is done, and then all that was due meanwhile, in its order. */
  hang(ms: number): void {
    this.clock.jump(ms);
  }

  /** Passes time until something has ended; `limitMs` of that time is more than anything takes. */
  async passUntil(isOver: () => boolean, limitMs = 600_000): Promise<void> {
    for (let passedMs = 0; !isOver(); passedMs += 50) {
      if (passedMs >= limitMs) throw new Error(`still not so after ${limitMs} ms`);
      await this.pass(50);
    }
  }

  /** The outcome of what needs time to pass. */
  async outcome<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const settled = promise.finally(() => {
      isOver = true;
    });
    settled.catch(() => undefined);
    await this.passUntil(() => isOver);
    return settled;
  }
}

/** Three hosts that have been heard of. */
export async function threeHosts(
  t: TestContext,
): Promise<{ fleet: MemoryFleet; hosts: readonly [PlayedHost, PlayedHost, PlayedHost] }> {
  const fleet = new MemoryFleet();
  const hosts = [fleet.join('web-1'), fleet.join('web-2'), fleet.join('web-3')] as const;
  t.after(() => fleet.outcome(Promise.all(hosts.map((host) => host.fleet.leave()))));
  await fleet.pass(1000);
  return { fleet, hosts };
}
