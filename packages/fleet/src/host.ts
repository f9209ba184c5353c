import type { Json, Listening } from './engine/engine.ts';
import { openNatsEngine } from './engine/nats-engine.ts';
import { fleetBuckets, TTL_MS } from './fleet-engine.ts';
import { joinWith } from './host/join.ts';
import { systemRuntime } from './machines/runtime.ts';
import type { HostView } from './protocol/roster.ts';

export interface FleetOptions {
  /** Where the engine is, as `nats://nats-1:4222`; any that can be reached. */
  readonly servers: readonly string[];
  /** The fleet, such as `shop`. */
  readonly name: string;
  /** What this host is called in it; no other host may be called so. */
  readonly host: string;
  /** Of what runs. A function is asked again at each generation; what it throws is told as a problem, and the version is then unknown. */
  readonly version: string | undefined | (() => string | undefined);
  readonly credentialsFile?: string | undefined;
  readonly tls?: FleetTls | undefined;
}

/** Files. */
export interface FleetTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** What a fleet needs of what runs on this host, which a supervisor gives. Whatever rejects, rejects with an error that has a code. */
export interface FleetInstance {
  status(): {
    readonly phase: string;
    readonly ready: number;
    readonly slots: number;
    readonly generation: number;
  };
  /** Its numbers, which a supervisor of grappolo gives though its type does not say so. Without them nothing is known of how it does. */
  report?(): Promise<unknown>;
  reload(): Promise<void>;
  scale(workers: number): Promise<void>;
  close(): Promise<void>;
}

export interface FleetEvents {
  note(text: string): void;
  problem(error: Error & { code?: string }): void;
}

export interface FleetView {
  /** `unknown` while the engine is away, or before all has been read: the hosts serve on. */
  readonly fleet: 'known' | 'unknown';
  readonly hosts: readonly HostView[];
}

/** What a program has of the other hosts: `useFleet()` of grappolo/together takes it. */
export interface FleetLink {
  /** Says something to all hosts that listen on the subject, once at most; nothing while the engine is away. */
  publish(subject: string, message: Json): void;
  /**
   * Calls with what hosts publish on the subject, this one included, whenever the engine is there.
   *
   * @throws {FleetError} ERR_FLEET_INVALID_ARGUMENT
   */
  listen(subject: string, onMessage: (message: Json) => void): Listening;
  /**
   * Tries to be the one holder in the fleet, again and again until it is released.
   *
   * @throws {FleetError} ERR_FLEET_INVALID_ARGUMENT
   */
  holdLease(wish: LeaseWish): FleetLease;
}

export interface LeaseWish {
  readonly name: string;
  /** From now on it is held, or for longer than before: until a time on the clock of `process.hrtime()`, in ms. */
  readonly onHeld: (term: string, untilMs: number) => void;
  readonly onLost: (reason: string) => void;
}

export interface FleetLease {
  /** Hands it over: nothing more is told of it. */
  release(): void;
  /** Lets it expire, for what is done by it to end meanwhile: nothing more is told of it. */
  abandon(): void;
}

export interface FleetHost {
  /** Works from the first moment on, and until this host has left: what waits for the engine begins when that is there. */
  readonly link: FleetLink;
  /** What is known of the fleet. The engine is asked from the first call on, for as long as this is called each minute. */
  status(): FleetView;
  /** Idempotent; what runs on this host goes on. Leases that its link holds are lost, and free when they have expired. */
  leave(): Promise<void>;
}

/**
 * Makes what runs on this host part of a fleet. Never throws for lack of an engine: the host serves, and it tries again; wrong options
 * are a problem that is told once.
 */
export function joinFleet(options: FleetOptions, instance: FleetInstance, events: FleetEvents): FleetHost {
  const { servers, name, host, credentialsFile, tls } = options;
  const openEngine = () =>
    openNatsEngine({
      servers,
      credentialsFile,
      tls: tlsFiles(tls),
      name: `grappolo ${name} ${host}`,
      buckets: fleetBuckets(name),
    });
  return joinWith({ openEngine, runtime: systemRuntime, ttlMs: TTL_MS }, options, instance, events);
}

/** As NATS calls them. */
export function tlsFiles(
  tls: FleetTls | undefined,
): { caFile?: string; certFile?: string; keyFile?: string } | undefined {
  if (!tls) return undefined;
  const { ca, cert, key } = tls;
  return {
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(cert === undefined ? {} : { certFile: cert }),
    ...(key === undefined ? {} : { keyFile: key }),
  };
}
