import type { Json } from '../engine/engine.ts';
import { type At, BUCKETS, type EngineAnswer, type EngineCall } from './calls.ts';

/** A host's record, written again and again; nobody reads it but who asks. */
export interface HeartbeatSettings {
  readonly host: string;
  readonly everyMs: number;
  /** How often the record is written where it lives for a day, so that a silent host is missed, and what it was doing known. */
  readonly memberMs: number;
}

export interface HeartbeatState {
  readonly settings: HeartbeatSettings;
  readonly status: Json;
  readonly nextMs: number;
  readonly nextMemberMs: number;
  readonly lastCall: number;
  /** The last heartbeat whose revision is known, and the one whose answer is waited for. */
  readonly last: { readonly sentMs: number; readonly revision: number } | undefined;
  readonly pending: { readonly call: number; readonly sentMs: number } | undefined;
  /** The long-lived record whose answer is waited for; without it the record is written again with the next heartbeat. */
  readonly pendingMember: { readonly call: number; readonly nextMs: number } | undefined;
  /**
   * About how many hosts there are: so many heartbeats lie between two of one's own, by their revisions, which costs nothing to know.
   * A hint, since an engine may leave revisions out.
   */
  readonly hosts: number | undefined;
}

export type HeartbeatEvent = At &
  (
    | EngineAnswer
    | { readonly type: 'wake' }
    /** What the host is from now on; told at once where others wait for it. */
    | { readonly type: 'status'; readonly status: Json; readonly isUrgent: boolean }
    /** The engine is there again, and may have forgotten everything. */
    | { readonly type: 'engine-up' }
    | { readonly type: 'leave' }
  );

export interface HeartbeatStep {
  readonly state: HeartbeatState;
  readonly effects: readonly EngineCall[];
}

export function openHeartbeat(settings: HeartbeatSettings, status: Json, nowMs: number): HeartbeatState {
  return {
    settings,
    status,
    nextMs: nowMs,
    nextMemberMs: nowMs,
    lastCall: 0,
    last: undefined,
    pending: undefined,
    pendingMember: undefined,
    hosts: undefined,
  };
}

export function heartbeatTransition(state: HeartbeatState, event: HeartbeatEvent): HeartbeatStep {
  switch (event.type) {
    case 'wake':
      return beat(state, event);
    case 'status': {
      const changed = { ...state, status: event.status };
      // What was under way of the record is not of now.
      const urgent = { nextMs: event.nowMs, nextMemberMs: event.nowMs, pendingMember: undefined };
      return beat(event.isUrgent ? { ...changed, ...urgent } : changed, event);
    }
    case 'engine-up':
      // Not all of them at once.
      return {
        state: {
          ...state,
          nextMs: event.nowMs + (event.chance * state.settings.everyMs) / 3,
          nextMemberMs: event.nowMs,
          pendingMember: undefined,
        },
        effects: [],
      };
    case 'leave':
      return leave(state);
    case 'written':
      return { state: count(state, event), effects: [] };
    case 'refused':
    case 'got':
    case 'answered':
    case 'unknown':
      return { state, effects: [] };
    default:
      return event satisfies never;
  }
}

function beat(state: HeartbeatState, { nowMs, chance }: At): HeartbeatStep {
  if (nowMs < state.nextMs) return { state, effects: [] };
  const { host, everyMs, memberMs } = state.settings;
  const call = state.lastCall + 1;
  const nextMs = nowMs + everyMs * (0.9 + chance / 5);
  const put = { type: 'put', key: host, expected: undefined } as const;
  const effects: EngineCall[] = [{ ...put, call, bucket: BUCKETS.heartbeats, value: state.status }];
  const isMemberDue = nowMs >= state.nextMemberMs;
  if (isMemberDue) effects.push({ ...put, call: call + 1, bucket: BUCKETS.members, value: state.status });
  const pendingMember = isMemberDue
    ? { call: call + 1, nextMs: nowMs + memberMs * (0.75 + chance / 2) }
    : state.pendingMember;
  return {
    state: { ...state, nextMs, lastCall: call + 1, pending: { call, sentMs: nowMs }, pendingMember },
    effects,
  };
}

function count(
  state: HeartbeatState,
  { call, revision }: { call: number; revision: number },
): HeartbeatState {
  const { pending, pendingMember, last, settings } = state;
  if (pendingMember?.call === call)
    return { ...state, nextMemberMs: pendingMember.nextMs, pendingMember: undefined };
  if (pending?.call !== call) return state;
  const next = { sentMs: pending.sentMs, revision };
  // An engine that counts from 1 again has forgotten all that is not told anew.
  if (last && revision <= last.revision) {
    return {
      ...state,
      last: next,
      pending: undefined,
      hosts: undefined,
      nextMemberMs: 0,
      pendingMember: undefined,
    };
  }
  const tookMs = last ? next.sentMs - last.sentMs : 0;
  const hosts =
    last && tookMs > 0
      ? Math.max(1, Math.round(((revision - last.revision) * settings.everyMs) / tookMs))
      : undefined;
  return { ...state, last: next, pending: undefined, hosts: hosts ?? state.hosts };
}

function leave(state: HeartbeatState): HeartbeatStep {
  const { lastCall, settings } = state;
  const gone = { type: 'put', key: settings.host, value: null, expected: undefined } as const;
  return {
    state: { ...state, nextMs: Infinity, lastCall: lastCall + 2 },
    effects: [
      { ...gone, call: lastCall + 1, bucket: BUCKETS.members },
      { ...gone, call: lastCall + 2, bucket: BUCKETS.heartbeats },
    ],
  };
}
