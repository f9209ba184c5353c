import type { Json } from '../engine/engine.ts';
import { type At, BUCKETS, type EngineAnswer, type EngineCall } from './calls.ts';
import { compareFences, type Fence } from './fence.ts';
import type { Health } from './health.ts';
import { type Ask, readAsk, type Reply } from './rollout-messages.ts';
import { type Action, type Instance, readRecord, rolloutKey } from './rollout-record.ts';

/**
 * A host's side of a rollout. It goes by the newest fence that it has seen; it does a step once at most, and answers again what came
 * of it; and before it does one it reads in the engine that it is to: an order may be late by any time, and the rollout of which it was
 * be over.
 */
export interface HostSettings extends Instance {
  /** How long the engine's answer may take: the rollout may be over after that. */
  readonly callMs: number;
}

export interface HostState {
  readonly settings: HostSettings;
  readonly newest: Fence | undefined;
  /** The last ones, by the rollout's id, oldest first. */
  readonly steps: ReadonlyMap<string, HostStep>;
  readonly verifying: Verifying | undefined;
  readonly lastCall: number;
}

interface HostStep {
  readonly state: 'doing' | 'done' | 'failed';
  readonly reason: string;
  readonly before: Health;
}

interface Verifying {
  readonly call: number;
  readonly sentMs: number;
  readonly ask: Ask;
  readonly to: number;
  readonly health: Health;
}

export type HostEvent = At &
  (
    | EngineAnswer
    /** `to` is told again with the reply; `health` is the host's own at this moment. */
    | { readonly type: 'asked'; readonly to: number; readonly message: Json; readonly health: Health }
    | { readonly type: 'acted'; readonly rollout: string; readonly isDone: boolean; readonly reason: string }
  );

export type HostEffect =
  | EngineCall
  | { readonly type: 'act'; readonly rollout: string; readonly action: Action }
  | { readonly type: 'reply'; readonly to: number; readonly message: Reply };

export interface HostTransition {
  readonly state: HostState;
  readonly effects: readonly HostEffect[];
}

const REMEMBERED_STEPS = 16;

export function openHost(settings: HostSettings): HostState {
  return { settings, newest: undefined, steps: new Map(), verifying: undefined, lastCall: 0 };
}

/** The rollout whose step is being done, which a host's heartbeat tells. */
export function busyWith({ steps }: HostState): string | undefined {
  for (const [rollout, { state }] of steps) if (state === 'doing') return rollout;
  return undefined;
}

export function hostTransition(state: HostState, event: HostEvent): HostTransition {
  switch (event.type) {
    case 'asked':
      return onAsked(state, event);
    case 'got':
      return onRecord(state, event);
    case 'unknown':
      return state.verifying?.call === event.call ? still({ ...state, verifying: undefined }) : still(state);
    case 'acted': {
      const step = state.steps.get(event.rollout);
      if (step?.state !== 'doing') return still(state);
      const { isDone, reason } = event;
      return still(withStep(state, event.rollout, { ...step, state: isDone ? 'done' : 'failed', reason }));
    }
    case 'written':
    case 'refused':
    case 'answered':
      return still(state);
    default:
      return event satisfies never;
  }
}

function onAsked(state: HostState, event: HostEvent & { type: 'asked' }): HostTransition {
  const { to, health, nowMs } = event;
  const ask = readAsk(event.message);
  if (!ask) return reply(state, to, { state: 'refused', reason: 'not understood' });
  if (ask.instance !== state.settings.instance) return reply(state, to, { state: 'other-instance' });
  if (state.newest && compareFences(ask.fence, state.newest) < 0)
    return reply(state, to, { state: 'refused', reason: 'a newer driver has spoken' });
  const heard = { ...state, newest: ask.fence };
  const step = state.steps.get(ask.rollout);
  if (step) return reply(heard, to, replyOf(step, health));
  if (ask.type === 'settle') {
    const other = busyWith(state);
    // Whatever step it is, it is out.
    return reply(heard, to, { state: other === undefined ? 'none' : 'doing' });
  }
  const { verifying: earlier } = state;
  // Asked again before the engine has answered.
  if (earlier?.ask.rollout === ask.rollout && nowMs <= earlier.sentMs + state.settings.callMs)
    return still({ ...heard, verifying: { ...earlier, ask, to } });
  const call = state.lastCall + 1;
  const verifying = { call, sentMs: nowMs, ask, to, health };
  const get = { type: 'get', call, bucket: BUCKETS.lasting, key: rolloutKey(ask.fence.term.epoch) } as const;
  return { state: { ...heard, verifying, lastCall: call }, effects: [get] };
}

function onRecord(state: HostState, event: HostEvent & { type: 'got' }): HostTransition {
  const { verifying } = state;
  if (verifying?.call !== event.call) return still(state);
  const rest = { ...state, verifying: undefined };
  const { ask, to, health, sentMs } = verifying;
  // An old answer says nothing of now.
  if (event.nowMs > sentMs + state.settings.callMs) return still(rest);
  const refuse = (reason: string) => reply(rest, to, { state: 'refused', reason });
  if (state.newest && compareFences(ask.fence, state.newest) < 0) return refuse('a newer driver has spoken');
  const record = readRecord(event.entry?.value);
  const isMeant =
    record?.id === ask.rollout &&
    record.phase === 'running' &&
    record.out.some(({ host, isOrdered }) => isOrdered && host === state.settings.host);
  if (!isMeant) return refuse('the engine knows of no such order');
  if (busyWith(state) !== undefined) return refuse('busy with a step of another rollout');
  const begun = withStep(rest, ask.rollout, { state: 'doing', reason: '', before: health });
  const act = { type: 'act', rollout: ask.rollout, action: ask.action } as const;
  return { state: begun, effects: [act, { type: 'reply', to, message: { state: 'doing' } }] };
}

function replyOf({ state, reason, before }: HostStep, now: Health): Reply {
  return state === 'doing' ? { state } : { state, reason, before, now };
}

function withStep(state: HostState, rollout: string, step: HostStep): HostState {
  const steps = new Map(state.steps).set(rollout, step);
  const [oldest] = steps.keys();
  if (steps.size > REMEMBERED_STEPS && oldest !== undefined) steps.delete(oldest);
  return { ...state, steps };
}

function reply(state: HostState, to: number, message: Reply): HostTransition {
  return { state, effects: [{ type: 'reply', to, message }] };
}

function still(state: HostState): HostTransition {
  return { state, effects: [] };
}
