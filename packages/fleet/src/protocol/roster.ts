import type { Json } from '../engine/engine.ts';
import { BUCKETS, type EngineCall } from './calls.ts';

/**
 * What one who asks knows of all hosts. It watches the heartbeats and the members only for as long as it asks: a watch on 10,000 hosts
 * is told 3,333 heartbeats a second. After the watches it writes a mark of its own into both buckets: what a watch tells is in the
 * order of the writes, so that with the mark all has been told that was there before, but for a heartbeat that was overwritten while it was
 * about to be told: the newer one comes behind the mark. So where one is missing a second mark is waited for.
 *
 * What is told is written into the collections of the state, which the next state has as well: to copy those of 10,000 hosts for each
 * heartbeat takes more than a core. So of two states of one roster only the later one is of any use.
 */
export interface RosterState {
  readonly settings: RosterSettings;
  readonly isUp: boolean;
  /** Since when the engine has been answering. */
  readonly upMs: number;
  /** What each was when it last said so in its long-lived record. */
  readonly members: Map<string, Json>;
  readonly hosts: Map<string, Heard>;
  /** Buckets whose mark has been told, and `AGAIN` for the second one of the heartbeats. */
  readonly marked: Set<string>;
  /** Whether there is a second one. */
  readonly isAgain: boolean;
  readonly lastCall: number;
}

export interface RosterSettings {
  /** A key that nobody else has who asks; with `=` in front, which no host's name has. */
  readonly mark: string;
  /** That of the bucket of heartbeats. */
  readonly ttlMs: number;
}

interface Heard {
  readonly status: Json;
  readonly heardMs: number;
}

/** What a watch has told. */
export interface Told {
  readonly bucket: string;
  readonly key: string;
  /** `undefined` where it was deleted. */
  readonly value: Json | undefined;
}

export type RosterEvent = { readonly nowMs: number } & (
  | { readonly type: 'told'; readonly entries: readonly Told[] }
  | { readonly type: 'engine'; readonly isUp: boolean }
  | { readonly type: 'close' }
);

type RosterEffect =
  | EngineCall
  | { readonly type: 'watch' | 'unwatch'; readonly bucket: string }
  /** All that was there has been told. */
  | { readonly type: 'tell-complete' };

export interface RosterStep {
  readonly state: RosterState;
  readonly effects: readonly RosterEffect[];
}

export interface RosterView {
  /** `unknown` while the engine is down: then nobody knows of anybody, and the hosts serve on. */
  readonly fleet: 'known' | 'unknown';
  readonly isComplete: boolean;
  readonly hosts: readonly HostView[];
}

export interface HostView {
  readonly host: string;
  readonly state: 'known' | 'unknown';
  /** The last that is known; of an unknown host it may be old. */
  readonly status: Json | undefined;
  /** By this observer's clock, from when it was first able to hear of it. */
  readonly silentMs: number;
}

const WATCHED = [BUCKETS.heartbeats, BUCKETS.members] as const;
const AGAIN = 'again';

export function openRoster(settings: RosterSettings, nowMs: number): RosterStep {
  const state: RosterState = {
    settings,
    isUp: true,
    upMs: nowMs,
    members: new Map(),
    hosts: new Map(),
    marked: new Set(),
    isAgain: false,
    lastCall: 0,
  };
  const watches = WATCHED.map((bucket) => ({ type: 'watch', bucket }) as const);
  const step = mark(state);
  return { state: step.state, effects: [...watches, ...step.effects] };
}

export function rosterTransition(state: RosterState, event: RosterEvent): RosterStep {
  switch (event.type) {
    case 'told':
      return hear(state, event.entries, event.nowMs);
    case 'engine':
      if (!event.isUp) return { state: { ...state, isUp: false }, effects: [] };
      // The watches tell all again, from the beginning.
      return mark({ ...state, isUp: true, upMs: event.nowMs, marked: new Set(), isAgain: false });
    case 'close':
      return { state, effects: WATCHED.map((bucket) => ({ type: 'unwatch', bucket })) };
    default:
      return event satisfies never;
  }
}

export function rosterView(state: RosterState, nowMs: number): RosterView {
  const { isUp, hosts, members, upMs, settings } = state;
  const names = [...new Set([...members.keys(), ...hosts.keys()])].toSorted();
  const views = names.map((host): HostView => {
    const heard = hosts.get(host);
    // While the engine was down nobody could be heard of.
    const silentMs = nowMs - Math.max(heard?.heardMs ?? 0, upMs);
    // The engine lets a heartbeat expire: a member that has none any more was silent for a TTL.
    const isKnown = isUp && heard !== undefined && silentMs <= settings.ttlMs;
    return {
      host,
      state: isKnown ? 'known' : 'unknown',
      status: heard?.status ?? members.get(host),
      silentMs,
    };
  });
  return { fleet: isUp ? 'known' : 'unknown', isComplete: isComplete(state), hosts: views };
}

function hear(state: RosterState, entries: readonly Told[], nowMs: number): RosterStep {
  const { members, hosts, marked } = state;
  const wasComplete = isComplete(state);
  for (const { bucket, key, value } of entries) {
    // Marks of others expire with their buckets' TTLs, or are taken out by them.
    if (key.startsWith('=')) {
      if (key === state.settings.mark && value !== undefined) marked.add(bucket);
      if (key === againKey(state) && value !== undefined) marked.add(AGAIN);
    } else if (bucket === BUCKETS.members) {
      if (value !== undefined) {
        members.set(key, value);
      } else {
        // It has left in order.
        members.delete(key);
        hosts.delete(key);
      }
    } else if (value !== undefined) hosts.set(key, { status: value, heardMs: nowMs });
    else hosts.delete(key);
  }
  if (wasComplete || !isComplete(state)) return { state, effects: [] };
  const second = { bucket: BUCKETS.heartbeats, key: againKey(state) };
  const isMissing = [...members.keys()].some((host) => !hosts.has(host));
  if (isMissing && !state.isAgain) return put({ ...state, isAgain: true }, [second], true);
  // The marks are of no use any more.
  const step = put(state, [...firstMarks(state), ...(state.isAgain ? [second] : [])], null);
  return { state: step.state, effects: [{ type: 'tell-complete' }, ...step.effects] };
}

function isComplete({ marked, isAgain }: RosterState): boolean {
  return marked.size === WATCHED.length + (isAgain ? 1 : 0);
}

function mark(state: RosterState): RosterStep {
  return put(state, firstMarks(state), true);
}

interface Mark {
  readonly bucket: string;
  readonly key: string;
}

function firstMarks({ settings }: RosterState): readonly Mark[] {
  return WATCHED.map((bucket) => ({ bucket, key: settings.mark }));
}

function againKey({ settings }: RosterState): string {
  return `${settings.mark}=${AGAIN}`;
}

function put(state: RosterState, marks: readonly Mark[], value: true | null): RosterStep {
  const effects = marks.map(
    (each, index) =>
      ({ type: 'put', call: state.lastCall + 1 + index, ...each, value, expected: undefined }) as const,
  );
  return { state: { ...state, lastCall: state.lastCall + effects.length }, effects };
}
