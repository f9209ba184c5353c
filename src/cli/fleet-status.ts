import type { FleetHostStatus, FleetStatus } from '../api/operations.ts';

/** How a host is called in its fleet. */
export interface FleetPlace {
  readonly name: string;
  readonly host: string;
}

const MAX_HOSTS = 200;
const MAX_NAME = 255;
const MAX_WORD = 64;

/**
 * Reads what the package knows of the hosts, which have written it themselves, maybe by other versions. With many only those are told
 * that somebody looks for: this one, those that are silent, those that are short of workers, and then the first of the others.
 */
export function readFleet(view: unknown, { name, host }: FleetPlace): FleetStatus {
  const { fleet, hosts } = isObject(view) ? view : {};
  const all = (Array.isArray(hosts) ? hosts : []).flatMap(readHost);
  const state = fleet === 'known' ? 'known' : 'unknown';
  const rankOf = (each: FleetHostStatus): number => {
    if (each.host === host) return 0;
    if (each.state === 'unknown') return 1;
    return isShort(each) ? 2 : 3;
  };
  return {
    name,
    host,
    state,
    counts: {
      hosts: all.length,
      unknown: all.filter((each) => each.state === 'unknown').length,
      short: all.filter(isShort).length,
    },
    hosts: all
      .map((each) => ({ each, rank: rankOf(each) }))
      .toSorted((one, other) => one.rank - other.rank || (one.each.host < other.each.host ? -1 : 1))
      .slice(0, MAX_HOSTS)
      .map(({ each }) => each),
  };
}

function isShort({ state, phase, ready, wanted }: FleetHostStatus): boolean {
  return state === 'known' && phase === 'running' && ready !== null && wanted !== null && ready < wanted;
}

function readHost(view: unknown): FleetHostStatus[] {
  if (!isObject(view) || typeof view['host'] !== 'string') return [];
  const { host, state, status } = view;
  const { phase, version, generation, ready, wanted, load, requestsPerSecond, sinceMs } = isObject(status)
    ? status
    : {};
  return [
    {
      host: host.slice(0, MAX_NAME),
      state: state === 'known' ? 'known' : 'unknown',
      phase: wordIn(phase),
      version: wordIn(version),
      generation: numberIn(generation),
      ready: numberIn(ready),
      wanted: numberIn(wanted),
      load: numberIn(load),
      requestsPerSecond: numberIn(requestsPerSecond),
      sinceMs: numberIn(sinceMs),
    },
  ];
}

function wordIn(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, MAX_WORD) : null;
}

function numberIn(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
