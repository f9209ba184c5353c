import { type HealthTerms, worsening } from './health.ts';
import type { Reply } from './rollout-messages.ts';
import type { OutHost, RolloutRecord } from './rollout-record.ts';

/** What a host that is out is given, in time and otherwise. */
export interface HostLimits {
  readonly health: HealthTerms;
  /**
   * So many times in a row a host must do worse for that to count: code that has just been loaded is slow at first, and what was slow stays in
   * the figures for as long as they go back.
   */
  readonly patience: number;
  /** After how long without an answer a host is taken for lost: the TTL of heartbeats. */
  readonly silentMs: number;
  /** How long a step may take. */
  readonly stepMs: number;
}

/** What is known of a host that is out. */
export interface Talk {
  readonly call: number | undefined;
  readonly sinceMs: number;
  readonly askedMs: number;
  readonly heardMs: number;
  readonly reply: Reply | undefined;
  readonly soakFromMs: number | undefined;
  /** Of one that does not answer: whether it has left the fleet in order; `undefined` where nobody has looked. */
  readonly hasLeft: boolean | undefined;
  /** How many times in a row it was worse, and in what. */
  readonly worse: number;
  readonly inWhat: string;
  /** Why it does not do as it is told. */
  readonly refusal: string | undefined;
}

export interface Verdict {
  /** It is out no more. */
  readonly isSettled: boolean;
  /** Nothing more is heard of it, and nobody knows what became of its step. */
  readonly isGivenUp?: boolean;
  /** It has done nothing of its step. */
  readonly isUndone?: boolean;
  readonly failure?: string;
}

/** Of one that has not been asked yet. */
export function newTalk(nowMs: number): Talk {
  return {
    call: undefined,
    sinceMs: nowMs,
    askedMs: -Infinity,
    heardMs: nowMs,
    reply: undefined,
    soakFromMs: undefined,
    hasLeft: undefined,
    worse: 0,
    inWhat: '',
    refusal: undefined,
  };
}

/** After it has answered; what it refuses changes nothing but that it is heard of. */
export function heard(talk: Talk, reply: Reply, health: HealthTerms, nowMs: number): Talk {
  if (reply.state === 'refused') return { ...talk, call: undefined, heardMs: nowMs, refusal: reply.reason };
  const isDone = reply.state === 'done';
  const worse = isDone ? worsening(reply.before, reply.now, health) : undefined;
  return {
    ...talk,
    call: undefined,
    heardMs: nowMs,
    reply,
    soakFromMs: talk.soakFromMs ?? (isDone ? nowMs : undefined),
    worse: worse === undefined ? 0 : talk.worse + 1,
    inWhat: worse ?? '',
    refusal: undefined,
  };
}

/** Whether a host that is out has done its step, and does no worse after the soak than before. */
export function verdictOn(
  { isOrdered }: OutHost,
  talk: Talk,
  { action, phase, soakMs }: RolloutRecord,
  limits: HostLimits,
  nowMs: number,
): Verdict {
  const { reply, heardMs, sinceMs, soakFromMs, worse, inWhat, refusal } = talk;
  if (nowMs - heardMs > limits.silentMs) {
    // It was to go.
    if (isOrdered && action.kind === 'stop' && reply?.state === 'doing') return { isSettled: true };
    // Before it was told.
    if (talk.hasLeft) return { isSettled: true, isUndone: true };
    return { isSettled: false, isGivenUp: true, failure: 'it does not answer' };
  }
  const isEnding = phase !== 'running' || !isOrdered;
  switch (reply?.state) {
    case 'none':
      return { isSettled: isEnding, isUndone: true };
    case 'other-instance':
      return isOrdered ? { isSettled: true, failure: 'it has been started anew' } : { isSettled: true };
    case 'failed':
      return isOrdered ? { isSettled: true, failure: reply.reason } : { isSettled: true };
    case 'done':
      if (isEnding || action.kind === 'stop') return { isSettled: true };
      if (worse >= limits.patience) return { isSettled: true, failure: inWhat };
      return { isSettled: nowMs - (soakFromMs ?? nowMs) >= soakMs && worse === 0 };
    case 'doing':
    case 'refused':
    case undefined:
      if (nowMs - sinceMs <= limits.stepMs) return { isSettled: false };
      return { isSettled: false, isGivenUp: true, failure: tooLong(refusal) };
    default:
      return reply satisfies never;
  }
}

function tooLong(refusal: string | undefined): string {
  return refusal === undefined ? 'its step takes too long' : `it does not do its step: ${refusal}`;
}
