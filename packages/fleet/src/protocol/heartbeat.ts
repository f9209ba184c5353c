import type { Json } from '../engine/engine.ts';
import { type At, BUCKETS, type EngineAnswer, type EngineCall } from './calls.ts';
import { findNamesake, type Namesake } from './namesake.ts';

/**
 * A host's record, written again and again; nobody reads it but who asks. It is written over the revision that this host has given it
 * last, which costs nothing, and is refused where another process writes it as well: that one is then looked for.
 */
export interface HeartbeatSettings {
  readonly host: string;
  /** As its status says it. */
  readonly instance: string;
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
  /** The revision of the record that is there, where nobody else has written it; otherwise it is written over whatever is there. */
  readonly ownRevision: number | undefined;
  /** The look at what is there in place of one's own record. */
  readonly look: number | undefined;
  readonly namesake: Namesake | undefined;
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

export type HeartbeatEffect =
  | EngineCall
  /** Another process that is alive calls itself by this host's name; `undefined`: it does so no more. */
  | { readonly type: 'tell-namesake'; readonly instance: string | undefined };

export interface HeartbeatStep {
  readonly state: HeartbeatState;
  readonly effects: readonly HeartbeatEffect[];
}

/** For so many beats another is found before it is told of, and not found before it is taken for gone. */
const NAMESAKE_BEATS = 3;

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
    ownRevision: undefined,
    look: undefined,
    namesake: undefined,
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
          ownRevision: undefined,
        },
        effects: [],
      };
    case 'leave':
      return leave(state);
    case 'written':
      return onWritten(state, event);
    case 'refused':
      return state.pending?.call === event.call ? look(state) : { state, effects: [] };
    case 'got':
      return state.look === event.call ? onLooked(state, event) : { state, effects: [] };
    case 'unknown':
      return state.look === event.call ? beatNow(state, event) : { state, effects: [] };
    case 'answered':
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
  const put = { type: 'put', key: host, expected: undefined, value: state.status } as const;
  // What became of one that is under way is not known.
  const expected = state.pending ? undefined : state.ownRevision;
  const effects: EngineCall[] = [{ ...put, call, bucket: BUCKETS.heartbeats, expected }];
  const isMemberDue = nowMs >= state.nextMemberMs;
  if (isMemberDue) effects.push({ ...put, call: call + 1, bucket: BUCKETS.members });
  const pendingMember = isMemberDue
    ? { call: call + 1, nextMs: nowMs + memberMs * (0.75 + chance / 2) }
    : state.pendingMember;
  return {
    state: { ...state, nextMs, lastCall: call + 1, pending: { call, sentMs: nowMs }, pendingMember },
    effects,
  };
}

function beatNow(state: HeartbeatState, at: At): HeartbeatStep {
  return beat({ ...state, look: undefined, nextMs: at.nowMs }, at);
}

/** Something else is there: another's record, or none where the engine has let it go. */
function look(state: HeartbeatState): HeartbeatStep {
  const call = state.lastCall + 1;
  const get = { type: 'get', call, bucket: BUCKETS.heartbeats, key: state.settings.host } as const;
  return {
    state: { ...state, lastCall: call, pending: undefined, ownRevision: undefined, look: call },
    effects: [get],
  };
}

function onLooked(state: HeartbeatState, event: HeartbeatEvent & { type: 'got' }): HeartbeatStep {
  const { namesake: before, settings } = state;
  const { nowMs, entry } = event;
  const aliveMs = NAMESAKE_BEATS * settings.everyMs;
  const namesake = findNamesake(before, entry, { me: settings.instance, nowMs, aliveMs });
  // The one before, under the same name, may have left only now: what it took away is also this one's.
  const nextMemberMs = entry ? state.nextMemberMs : nowMs;
  const { state: next, effects } = beatNow({ ...state, namesake, nextMemberMs }, event);
  const isNew = namesake?.isAlive && !(before?.isAlive && before.instance === namesake.instance);
  const told = isNew ? [{ type: 'tell-namesake', instance: namesake.instance } as const] : [];
  return { state: next, effects: [...effects, ...told] };
}

function onWritten(state: HeartbeatState, event: HeartbeatEvent & { type: 'written' }): HeartbeatStep {
  const isOwn = state.pending?.call === event.call;
  const counted = { ...count(state, event), ...(isOwn ? { ownRevision: event.revision } : {}) };
  const { namesake, settings } = state;
  if (!isOwn || !namesake || event.nowMs <= namesake.seenMs + NAMESAKE_BEATS * settings.everyMs)
    return { state: counted, effects: [] };
  const gone = namesake.isAlive ? [{ type: 'tell-namesake', instance: undefined } as const] : [];
  return { state: { ...counted, namesake: undefined }, effects: gone };
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
    state: { ...state, nextMs: Infinity, lastCall: lastCall + 2, look: undefined },
    effects: [
      { ...gone, call: lastCall + 1, bucket: BUCKETS.members },
      { ...gone, call: lastCall + 2, bucket: BUCKETS.heartbeats },
    ],
  };
}
