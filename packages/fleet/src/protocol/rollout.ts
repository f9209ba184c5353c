import type { Json } from '../engine/engine.ts';
import { type At, BUCKETS, type EngineAnswer, type EngineCall } from './calls.ts';
import { Draft } from './draft.ts';
import type { Fence } from './fence.ts';
import { heard, type HostLimits, newTalk, type Talk, type Verdict, verdictOn } from './host-verdict.ts';
import { nextRecord, saysTheSame, withoutForgotten } from './rollout-decision.ts';
import { type Ask, driverSubject, hostSubject, readReply } from './rollout-messages.ts';
import { type Outcome, standing } from './rollout-outcome.ts';
import { planFor, type PlanTerms, type RosterHost } from './rollout-plan.ts';
import {
  type Action,
  type Instance,
  isOver,
  type OutHost,
  planKey,
  planPart,
  planParts,
  readPlan,
  readRecord,
  type RolloutRecord,
  rolloutKey,
} from './rollout-record.ts';
import type { Term } from './term.ts';

/**
 * The driver of a rollout: host after host, never more than so many out at once. It writes that a host is out before it orders it,
 * over the revision that it has read, so that two drivers cannot both go on; it speaks only while it holds the lease; and it ends where
 * the engine has forgotten the rollout. What it knows of a host it has from the host alone, which may be asked any number of times.
 */
export interface RolloutSettings extends HostLimits, PlanTerms {
  /** A text that no other process has. */
  readonly me: string;
  readonly intent: 'drive' | 'abort';
  readonly action: Action;
  readonly maxUnavailable: number;
  /** How long a host must do no worse than before, after its step. */
  readonly soakMs: number;
  /** How long a host rests between two questions. */
  readonly pollMs: number;
  readonly callMs: number;
}

export interface RolloutState {
  readonly settings: RolloutSettings;
  readonly lease: { readonly term: Term; readonly untilMs: number } | undefined;
  /** The lease as it was seen in another's hand: where it changes, that one is alive. */
  readonly other: { readonly holder: string; readonly revision: number } | undefined;
  readonly phase: Phase;
  /** As the engine has it, as far as is known. */
  readonly record: RolloutRecord | undefined;
  readonly revision: number;
  readonly plan: readonly Instance[];
  /** Which part of the plan is being read or written. */
  readonly part: number;
  /** What is to be written next, or is being: nothing else is done before it is known to be there. */
  readonly wanted: RolloutRecord | undefined;
  readonly doing: Doing | undefined;
  /** Whether what is there must be read before anything else: a write may have been made. */
  readonly isUnsure: boolean;
  readonly retryMs: number;
  readonly hosts: ReadonlyMap<string, Talk>;
  /** Hosts that are part of no plan, since nobody had heard of them for too long. */
  readonly skipped: readonly string[];
  readonly lastCall: number;
}

type Phase = 'waiting' | 'reading' | 'planning' | 'driving' | 'ended';
type CallStep = 'read' | 'read-plan' | 'write-plan' | 'write' | 'check';

interface Doing {
  readonly call: number;
  readonly sentMs: number;
  readonly step: CallStep | 'look';
  /** Of which one `look`s whether it is a member. */
  readonly host?: string;
}

export type RolloutEvent = At &
  (
    | EngineAnswer
    | { readonly type: 'lease-held'; readonly term: Term; readonly untilMs: number }
    /** Forgotten with it is whatever else the engine had. */
    | { readonly type: 'lease-lost'; readonly isForgotten?: boolean }
    | { readonly type: 'lease-taken'; readonly holder: string; readonly revision: number }
    /** Answers `read-roster`. */
    | { readonly type: 'roster'; readonly hosts: readonly RosterHost[] }
    /** Somebody else wants it; see `driverSubject()`. */
    | { readonly type: 'abort' }
    | { readonly type: 'wake' }
  );

export type RolloutEffect =
  | EngineCall
  | { readonly type: 'read-roster' }
  | { readonly type: 'tell-progress'; readonly record: RolloutRecord }
  | { readonly type: 'tell-ended'; readonly outcome: Outcome };

export interface RolloutStep {
  readonly state: RolloutState;
  readonly effects: readonly RolloutEffect[];
}

export function openRollout(settings: RolloutSettings): RolloutState {
  return {
    settings,
    lease: undefined,
    other: undefined,
    phase: 'waiting',
    record: undefined,
    revision: 0,
    plan: [],
    part: 0,
    wanted: undefined,
    doing: undefined,
    isUnsure: false,
    retryMs: 0,
    hosts: new Map(),
    skipped: [],
    lastCall: 0,
  };
}

/** When the machine wants to be woken, at the latest. */
export function rolloutWakeMs(state: RolloutState): number {
  const { phase, doing, settings, retryMs, hosts, record, wanted, isUnsure, lease } = state;
  if (phase === 'waiting' || phase === 'ended') return Infinity;
  const untilMs = lease?.untilMs ?? Infinity;
  if (doing) return Math.min(untilMs, doing.sentMs + settings.callMs);
  // For the roster, which comes when it comes.
  if (phase === 'planning' && !wanted) return untilMs;
  if (phase !== 'driving' || wanted || isUnsure) return Math.min(untilMs, retryMs);
  const polls = (record?.out ?? []).map(({ host }) => askAtMs(hosts.get(host), settings));
  return Math.min(untilMs, Math.max(retryMs, Math.min(...polls)));
}

/** Nothing was ever heard of it: it may have left before it was told. */
function isToLookAt({ isOrdered }: OutHost, { isGivenUp = false }: Verdict, talk: Talk | undefined): boolean {
  return isOrdered && isGivenUp && talk?.reply === undefined && talk?.hasLeft === undefined;
}

/** A host that has not answered yet is given its time: what it says to an earlier question is not heard. */
function askAtMs(talk: Talk | undefined, { pollMs, callMs }: RolloutSettings): number {
  if (!talk) return 0;
  return talk.askedMs + (talk.call === undefined ? pollMs : callMs);
}

export function rolloutTransition(state: RolloutState, event: RolloutEvent): RolloutStep {
  const draft = new RolloutDraft(state);
  draft.apply(event);
  return draft.step();
}

class RolloutDraft extends Draft<RolloutState, RolloutEffect> {
  apply(event: RolloutEvent): void {
    const { nowMs } = event;
    if (this.state.phase === 'ended') return;
    switch (event.type) {
      case 'lease-held':
        this.set({ lease: { term: event.term, untilMs: event.untilMs } });
        if (this.state.phase === 'waiting') this.set({ phase: 'reading' });
        break;
      case 'lease-lost':
        if (this.state.lease) this.#end(event.isForgotten ? 'forgotten' : 'lost');
        break;
      case 'lease-taken':
        this.#onTaken(event.holder, event.revision);
        break;
      case 'roster':
        if (this.state.phase === 'planning' && !this.state.wanted) this.#planFor(event.hosts, nowMs);
        break;
      case 'abort':
        this.set({ settings: { ...this.state.settings, intent: 'abort' } });
        break;
      case 'wake':
        this.#giveUpCall(nowMs);
        break;
      case 'written':
      case 'refused':
      case 'got':
      case 'answered':
      case 'unknown':
        this.#onAnswer(event);
        break;
      default:
        event satisfies never;
    }
    this.#goOn(nowMs);
  }

  #onTaken(holder: string, revision: number): void {
    const { phase, other, settings } = this.state;
    if (phase !== 'waiting') return;
    const isAlive = other && other.holder === holder && other.revision !== revision;
    // Who drives renews its lease; one that has died does not, and the lease will be free.
    if (!isAlive) return this.set({ other: { holder, revision } });
    if (settings.intent === 'drive') return this.#end('refused', holder);
    const call = this.number();
    const message = { type: 'abort' } as const;
    const subject = driverSubject(holder);
    this.do({ type: 'request', call, subject, message, timeoutMs: settings.callMs });
    this.#end('told to abort', holder);
  }

  #giveUpCall(nowMs: number): void {
    const { doing, settings } = this.state;
    if (doing && nowMs >= doing.sentMs + settings.callMs) this.#onUnknown(doing.step, nowMs);
  }

  /** A write may have been made: `check` reads what is there before anything else. */
  #onUnknown(step: Doing['step'], nowMs: number): void {
    this.set({ doing: undefined, retryMs: nowMs + this.state.settings.pollMs / 4 });
    if (step === 'write' || step === 'check') this.set({ isUnsure: true });
  }

  #onAnswer(event: At & EngineAnswer): void {
    const { doing, phase } = this.state;
    const { nowMs } = event;
    if (event.type === 'answered') return this.#onReply(event.call, event.message, nowMs);
    if (!doing || doing.call !== event.call) return;
    if (event.type === 'unknown') return this.#onUnknown(doing.step, nowMs);
    this.set({ doing: undefined, isUnsure: false });
    switch (doing.step) {
      case 'read':
        if (event.type === 'got' && phase === 'reading') this.#onRead(event);
        break;
      case 'read-plan':
        if (event.type === 'got') this.#onPlanPart(readPlan(event.entry?.value), nowMs);
        break;
      case 'write-plan':
        // Its key has this rollout's id: whoever has written it is this driver.
        if (this.#isLastPart(this.state.plan.length + this.state.skipped.length))
          this.set({ phase: 'driving' });
        else this.set({ part: this.state.part + 1 });
        break;
      case 'write':
        if (event.type === 'written') this.#adoptWritten(event.revision, nowMs);
        else this.#call('check', nowMs);
        break;
      case 'check':
        if (event.type === 'got') this.#onChecked(event);
        break;
      case 'look':
        if (event.type === 'got') this.#onLooked(doing.host ?? '', event.entry === undefined);
        break;
      default:
        doing.step satisfies never;
    }
  }

  #onRead({ entry, nowMs }: EngineAnswer & At & { type: 'got' }): void {
    const { settings } = this.state;
    const record = readRecord(entry?.value);
    this.set({ record, revision: entry?.revision ?? 0 });
    if (record && !isOver(record)) {
      const isStopLeft = record.action.kind === 'stop' && settings.action.kind !== 'stop';
      // Who wants anything else must not end in stopping hosts.
      if (settings.intent === 'drive' && isStopLeft) this.#end('stop left', record.driver);
      else this.#call('read-plan', nowMs);
    } else if (settings.intent === 'abort') {
      this.#end('nothing to abort');
    } else {
      this.set({ phase: 'planning' });
      this.do({ type: 'read-roster' });
    }
  }

  #isLastPart(total: number): boolean {
    return this.state.part + 1 >= planParts(total);
  }

  /** Goes on with what another has begun, in that one's terms; but for the hosts that are gone for good. */
  #onPlanPart(part: readonly Instance[] | undefined, nowMs: number): void {
    const { record, settings } = this.state;
    if (!part || !record) return this.#end('forgotten');
    const { total, silent } = record;
    const read = [...this.state.plan, ...part];
    this.set({ plan: read });
    if (!this.#isLastPart(total + silent)) return this.set({ part: this.state.part + 1 });
    const skipped = read.slice(total).map(({ host }) => host);
    this.set({ phase: 'driving', plan: read.slice(0, total), skipped });
    this.#begin({ ...withoutForgotten(record, settings.forget), driver: settings.me, write: 1 }, nowMs);
  }

  #planFor(roster: readonly RosterHost[], nowMs: number): void {
    const { record: before, settings, lastCall } = this.state;
    const { me, action, only = null, maxUnavailable, soakMs } = settings;
    const { plan, skipped, out } = planFor(roster, before, settings);
    this.set({ plan, skipped });
    this.#deleteForgotten(roster);
    this.#begin(
      {
        id: `${me}-${lastCall + 1}`,
        action,
        only,
        maxUnavailable,
        soakMs,
        driver: me,
        write: 1,
        phase: 'running',
        next: 0,
        total: plan.length,
        silent: skipped.length,
        out,
        undone: [],
        failed: [],
        failure: null,
      },
      nowMs,
    );
  }

  /** Their last words would count as long as they are kept: for a day. */
  #deleteForgotten(roster: readonly RosterHost[]): void {
    const { forget } = this.state.settings;
    const put = { type: 'put', bucket: BUCKETS.members, value: null, expected: undefined } as const;
    for (const { host, isSilent } of roster)
      if (isSilent && forget.includes(host)) this.do({ ...put, call: this.number(), key: host });
  }

  #begin(wanted: RolloutRecord, nowMs: number): void {
    const phase = this.state.settings.intent === 'abort' ? 'aborting' : wanted.phase;
    this.set({ wanted: { ...wanted, phase } });
    if (this.state.phase === 'planning') this.#call('write-plan', nowMs);
  }

  #adoptWritten(revision: number, nowMs: number): void {
    const { wanted: record } = this.state;
    if (!record) return;
    const hosts = new Map(record.out.map((each) => [each.host, this.#talkOf(each, nowMs)] as const));
    this.set({ record, revision, wanted: undefined, hosts });
    this.do({ type: 'tell-progress', record });
    if (isOver(record)) this.#end(record.phase as 'done' | 'failed' | 'aborted');
  }

  /** What a host has said counts for as long as it is out for the same reason. */
  #talkOf({ host, isOrdered }: OutHost, nowMs: number): Talk {
    const before = this.state.record?.out.find((each) => each.host === host);
    const talk = before?.isOrdered === isOrdered ? this.state.hosts.get(host) : undefined;
    return talk ?? newTalk(nowMs);
  }

  #onChecked({ entry, nowMs }: EngineAnswer & At & { type: 'got' }): void {
    const { wanted, revision, settings } = this.state;
    const found = readRecord(entry?.value);
    if (!entry || !found) {
      // Where nothing was written before, the write has not been made; else the engine has forgotten.
      if (revision !== 0) this.#end('forgotten');
      return;
    }
    if (wanted && found.driver === settings.me && found.id === wanted.id && found.write === wanted.write) {
      return this.#adoptWritten(entry.revision, nowMs);
    }
    if (entry.revision === revision) return;
    // Another has written since.
    this.#end('lost', found.driver);
  }

  #onReply(call: number, message: Json | undefined, nowMs: number): void {
    const { hosts, record, settings } = this.state;
    const host = [...hosts].find(([, talk]) => talk.call === call)?.[0];
    const talk = host === undefined ? undefined : hosts.get(host);
    if (host === undefined || !talk || !record) return;
    const reply = readReply(message);
    if (!reply) return this.#talk(host, { ...talk, call: undefined });
    this.#talk(host, heard(talk, reply, settings.health, nowMs));
    // Perhaps the engine has another record than this driver.
    if (reply.state === 'refused' && !this.state.doing) this.#call('check', nowMs);
  }

  #goOn(nowMs: number): void {
    const { lease, phase, doing, retryMs } = this.state;
    if (phase === 'waiting' || phase === 'ended') return;
    // Also where the process has slept past the end.
    if (!lease || nowMs >= lease.untilMs) return this.#end('lost');
    if (doing || nowMs < retryMs) return;
    if (phase === 'reading') return this.#call(this.state.record ? 'read-plan' : 'read', nowMs);
    if (phase === 'planning') {
      if (this.state.wanted) this.#call('write-plan', nowMs);
      return;
    }
    if (this.state.isUnsure) return this.#call('check', nowMs);
    if (!this.state.wanted) this.#decide(nowMs);
    if (this.state.doing) return;
    if (this.state.wanted) this.#call('write', nowMs);
    else this.#poll(nowMs);
  }

  /** Wants the record written, where the hosts have said anything new. */
  #decide(nowMs: number): void {
    const { record, plan, settings, hosts } = this.state;
    if (!record) return;
    const judged = record.out.map((each) => {
      const talk = hosts.get(each.host);
      return { each, verdict: talk ? verdictOn(each, talk, record, settings, nowMs) : { isSettled: false } };
    });
    const silent = judged.find(({ each, verdict }) => isToLookAt(each, verdict, hosts.get(each.host)));
    if (silent) return this.#look(silent.each.host, nowMs);
    const isToAbort = settings.intent === 'abort';
    const next = nextRecord(record, plan, judged, { isToAbort, forget: settings.forget });
    if (saysTheSame(record, next)) return;
    this.set({ wanted: { ...next, driver: settings.me, write: record.write + 1 } });
  }

  /** One that has left in order before it was told has deleted what says that it is a member. */
  #look(host: string, nowMs: number): void {
    const call = this.number();
    this.set({ doing: { call, sentMs: nowMs, step: 'look', host } });
    this.do({ type: 'get', call, bucket: BUCKETS.members, key: host });
  }

  #onLooked(host: string, hasLeft: boolean): void {
    const talk = this.state.hosts.get(host);
    if (talk) this.#talk(host, { ...talk, hasLeft });
  }

  #poll(nowMs: number): void {
    const { record, revision, lease, settings } = this.state;
    if (!record || !lease) return;
    const fence: Fence = { term: lease.term, revision };
    for (const { host, instance, isOrdered } of record.out) {
      const talk = this.state.hosts.get(host) ?? newTalk(nowMs);
      if (nowMs < askAtMs(talk, settings)) continue;
      const call = this.number();
      this.#talk(host, { ...talk, call, askedMs: nowMs });
      const type = isOrdered && record.phase === 'running' ? 'order' : 'settle';
      const message: Ask = { type, rollout: record.id, instance, fence, action: record.action };
      const subject = hostSubject(host);
      this.do({ type: 'request', call, subject, message, timeoutMs: settings.callMs });
    }
  }

  #call(step: CallStep, nowMs: number): void {
    const { lease, wanted, record, revision, plan, skipped, part, settings } = this.state;
    if (!lease) return;
    const { epoch } = lease.term;
    const call = this.number();
    this.set({ doing: { call, sentMs: nowMs, step } });
    const bucket = BUCKETS.lasting;
    const key = rolloutKey(epoch);
    const id = (wanted ?? record)?.id ?? settings.me;
    if (step === 'read' || step === 'check') this.do({ type: 'get', call, bucket, key });
    else if (step === 'read-plan') this.do({ type: 'get', call, bucket, key: planKey(epoch, id, part) });
    else if (step === 'write-plan')
      this.do({
        type: 'put',
        call,
        bucket,
        key: planKey(epoch, id, part),
        value: planPart([...plan, ...skipped.map((host) => ({ host, instance: '' }))], part),
        expected: undefined,
      });
    else if (wanted) this.do({ type: 'put', call, bucket, key, value: wanted, expected: revision });
  }

  #end(result: Outcome['result'], by?: string): void {
    const { plan, skipped, wanted, record: last } = this.state;
    // One before may be all that has been read.
    const record = wanted && wanted.id !== last?.id ? undefined : last;
    this.set({ phase: 'ended', doing: undefined });
    if (record && isOver(record)) this.#deletePlan(record);
    this.do({ type: 'tell-ended', outcome: { result, by, ...standing(plan, record), skipped } });
  }

  /** Nobody goes on with it any more, and the bucket forgets nothing by itself. */
  #deletePlan({ id, total, silent }: RolloutRecord): void {
    const { lease } = this.state;
    if (!lease) return;
    const put = { type: 'put', bucket: BUCKETS.lasting, value: null, expected: undefined } as const;
    for (let part = 0; part < planParts(total + silent); part += 1)
      this.do({ ...put, call: this.number(), key: planKey(lease.term.epoch, id, part) });
  }

  #talk(host: string, talk: Talk): void {
    this.set({ hosts: new Map(this.state.hosts).set(host, talk) });
  }
}
