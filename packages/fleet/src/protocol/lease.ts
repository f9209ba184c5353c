import type { Json } from '../engine/engine.ts';
import { type At, BUCKETS, type EngineAnswer, type EngineCall } from './calls.ts';
import { Draft } from './draft.ts';
import { type Epoch, isRecord, readEpoch, type Term } from './term.ts';

/**
 * One holder of a name, by an engine that may be late, lose messages, and forget everything.
 *
 * Why it is safe. A holder goes by its own clock alone: two thirds of the TTL after the last renewal that it knows to have been made
 * was SENT, it is none any more. The engine lets the lease expire a TTL after it TOOK that renewal, which is not earlier. So nobody
 * else gets the lease before the holder has gone, while `2/3 TTL` by the holder's clock is shorter than `TTL` by the engine's: the
 * holder's clock may be up to a third slower than the engine's (two that are each within 20 % of the true time always are).
 *
 * An engine that forgot everything knows of no holder. Its new life gets an epoch (`term.ts`), and nobody tries for a lease in it
 * before somebody has known that epoch for a whole TTL: by then the holders of the life before have gone, by the same bound. The
 * lease's key has the epoch's id in it, so that what was meant for one life of the engine never counts in another, where the same
 * revision may be that of something else; and a write counts only once the epoch, read after it, is still the same.
 */
export interface LeaseSettings {
  readonly name: string;
  /** Who would hold it: a text that no other process has, nor this one had in a life before. */
  readonly me: string;
  /** That of the bucket of leases. */
  readonly ttlMs: number;
  /** How long an answer is waited for; then nothing is known of the call. */
  readonly callMs: number;
  /** How long a candidate rests between two tries, but for jitter; a fifth of it where the holder seems to be gone. */
  readonly tryMs: number;
}

export interface LeaseState {
  readonly settings: LeaseSettings;
  readonly isCandidate: boolean;
  readonly epoch: KnownEpoch | undefined;
  /** Where the engine was found without an epoch, or with one below what was seen before: the revision of what it has. */
  readonly staleEpoch: number | undefined;
  /** The greatest number of an epoch that was seen. */
  readonly greatestEpoch: number;
  readonly tenure: Tenure | undefined;
  /** The call that is out; there is one at most. */
  readonly doing: Doing | undefined;
  /** The revision of what was last written or read of the lease where it is ours, to be told as expected. */
  readonly ownRevision: number | undefined;
  /** What was last read of the lease in another's hand, and since when it has been so. */
  readonly seen: { readonly revision: number; readonly sinceMs: number } | undefined;
  /** Whether a lease of ours may be there that is to be deleted. */
  readonly isToDelete: boolean;
  /** When to go on with what is to be done next. */
  readonly nextMs: number;
  readonly lastCall: number;
}

interface KnownEpoch extends Epoch {
  readonly seenMs: number;
  readonly isOpen: boolean;
}

interface Tenure {
  readonly term: Term;
  /** From then on it is over, whatever comes. */
  readonly untilMs: number;
  readonly renewMs: number;
}

type Doing = { readonly call: number; readonly sentMs: number } & DoingStep;

type DoingStep =
  | { readonly step: 'read-epoch' | 'read-open' | 'open' | 'read' | 'delete' }
  | { readonly step: 'make-epoch'; readonly epoch: Epoch }
  | { readonly step: 'write' }
  /** The epoch, after a write of `writtenMs` that gave this revision. */
  | { readonly step: 'verify'; readonly writtenMs: number; readonly revision: number };

/** `wallMs` is the time of day, which may be what a new epoch is counted from, and nothing else. */
export type LeaseEvent = At & { readonly wallMs: number } & (
    EngineAnswer | { readonly type: 'want' } | { readonly type: 'release' } | { readonly type: 'wake' }
  );

export type LeaseEffect =
  | EngineCall
  | { readonly type: 'tell-held'; readonly term: Term; readonly untilMs: number }
  | { readonly type: 'tell-renewed'; readonly term: Term; readonly untilMs: number }
  | { readonly type: 'tell-lost'; readonly term: Term; readonly reason: LossReason }
  /** The engine is new, or has forgotten everything: nobody tries before then, so that holders of the life before are gone. */
  | { readonly type: 'tell-waiting'; readonly untilMs: number }
  /** Another has it; as long as the revision changes, it is alive. */
  | { readonly type: 'tell-taken'; readonly holder: string; readonly revision: number };

export type LossReason = 'released' | 'not renewed in time' | 'taken by another' | 'forgotten by the engine';

export interface LeaseStep {
  readonly state: LeaseState;
  readonly effects: readonly LeaseEffect[];
}

/**
 * How long a candidate rests so that all of them together try about 16 times a second, however many there are: the one that comes
 * first after the lease has expired gets it, so more tries find it hardly sooner. No longer than a minute, for when all others die.
 */
export function tryIntervalMs(ttlMs: number, candidates: number): number {
  return Math.max(ttlMs / 4, Math.min(60_000, (candidates / 16) * 1000));
}

export function openLease(settings: LeaseSettings): LeaseState {
  return {
    settings,
    isCandidate: false,
    epoch: undefined,
    staleEpoch: undefined,
    greatestEpoch: 0,
    tenure: undefined,
    doing: undefined,
    ownRevision: undefined,
    seen: undefined,
    isToDelete: false,
    nextMs: Infinity,
    lastCall: 0,
  };
}

/** Whether the lease is held at this moment: to be asked before each deed, since a process may have slept past the end. */
export function isHeld({ tenure }: LeaseState, nowMs: number): boolean {
  return tenure !== undefined && nowMs < tenure.untilMs;
}

/** When the machine wants to be woken, at the latest. */
export function leaseWakeMs({ doing, tenure, nextMs, settings }: LeaseState): number {
  const next = doing ? doing.sentMs + settings.callMs : nextMs;
  return Math.min(next, tenure?.untilMs ?? Infinity);
}

/** The key of a lease in one life of the engine. */
function leaseKey(name: string, epoch: Epoch): string {
  return `${name}.${epoch.id}`;
}

export function leaseTransition(state: LeaseState, event: LeaseEvent): LeaseStep {
  const draft = new LeaseDraft(state);
  draft.apply(event);
  return draft.step();
}

class LeaseDraft extends Draft<LeaseState, LeaseEffect> {
  apply(event: LeaseEvent): void {
    const { nowMs } = event;
    const { tenure } = this.state;
    // First of all: whatever else the event says comes too late for a tenure that is over.
    if (tenure && nowMs >= tenure.untilMs) this.#lose('not renewed in time', nowMs);
    switch (event.type) {
      case 'want':
        this.set({ isCandidate: true, isToDelete: false, nextMs: Math.min(this.state.nextMs, nowMs) });
        this.#goOn(event);
        break;
      case 'release':
        this.#release(event);
        break;
      case 'wake':
        this.#giveUpCall(nowMs);
        this.#goOn(event);
        break;
      case 'written':
      case 'refused':
      case 'got':
      case 'answered':
      case 'unknown':
        this.#onAnswer(event);
        this.#goOn(event);
        break;
      default:
        event satisfies never;
    }
  }

  #release(at: LeaseEvent): void {
    const { nowMs } = at;
    this.set({ isCandidate: false });
    const { tenure, doing, ownRevision } = this.state;
    // What is under way may make it ours.
    const mayBeOurs =
      tenure !== undefined ||
      ownRevision !== undefined ||
      doing?.step === 'write' ||
      doing?.step === 'verify';
    if (tenure) this.#lose('released', nowMs);
    this.set({ isToDelete: mayBeOurs, nextMs: nowMs });
    this.#goOn(at);
  }

  /** Nothing is known of a call that was not answered in time; a late answer has another number than what is waited for. */
  #giveUpCall(nowMs: number): void {
    const { doing, settings } = this.state;
    if (doing && nowMs >= doing.sentMs + settings.callMs) this.#onUnknown(doing, nowMs);
  }

  #onUnknown({ step }: Doing, nowMs: number): void {
    // It may have been made, so read before anything else; a moment later, since the engine may be down.
    this.set({ doing: undefined, nextMs: nowMs + this.state.settings.ttlMs / 40 });
    if (step === 'write' || step === 'verify' || step === 'delete') this.set({ ownRevision: undefined });
  }

  #onAnswer(event: At & EngineAnswer): void {
    const { doing } = this.state;
    if (!doing || event.call !== doing.call) return;
    const { nowMs } = event;
    if (event.type === 'unknown') return this.#onUnknown(doing, nowMs);
    this.set({ doing: undefined, nextMs: nowMs });
    const entry = event.type === 'got' ? event.entry : undefined;
    switch (doing.step) {
      case 'read-epoch':
        this.#know(readEpoch(entry?.value), entry?.revision ?? 0, nowMs);
        break;
      case 'make-epoch':
        this.set({ staleEpoch: undefined });
        if (event.type === 'written') this.#know(doing.epoch, event.revision, nowMs);
        break;
      case 'read-open':
        if (entry) this.#openEpoch();
        else this.#restUntilOpen(nowMs);
        break;
      case 'open':
        if (event.type === 'written') this.#openEpoch();
        break;
      case 'read':
        this.#onRead(entry, event);
        break;
      case 'write':
        if (event.type === 'written') this.#verify(doing.sentMs, event.revision, nowMs);
        // Perhaps by a write of our own that was late.
        else this.set({ ownRevision: undefined });
        break;
      case 'verify':
        this.#onVerified(readEpoch(entry?.value), doing, nowMs);
        break;
      case 'delete':
        this.set({ ownRevision: undefined, isToDelete: event.type === 'refused' });
        break;
      default:
        doing satisfies never;
    }
  }

  #onRead(entry: { readonly value: Json; readonly revision: number } | undefined, at: At): void {
    const { tenure, settings, isCandidate } = this.state;
    const holder = entry && isRecord(entry.value) ? entry.value['holder'] : undefined;
    if (entry && holder === settings.me) return this.set({ ownRevision: entry.revision });
    this.set({ ownRevision: undefined, isToDelete: false });
    if (tenure) this.#lose(entry ? 'taken by another' : 'forgotten by the engine', at.nowMs);
    if (!entry) {
      const { epoch } = this.state;
      if (isCandidate && epoch) this.#write(epoch, 0, at.nowMs);
      return;
    }
    if (typeof holder === 'string') this.do({ type: 'tell-taken', holder, revision: entry.revision });
    this.#rest(entry.revision, at);
  }

  #onVerified(epoch: Epoch | undefined, doing: Doing & { step: 'verify' }, nowMs: number): void {
    const known = this.state.epoch;
    if (!known || epoch?.id !== known.id) {
      // What was written is in another life of the engine than it was meant for, and counts for nothing.
      if (this.state.tenure) this.#lose('forgotten by the engine', nowMs);
      this.set({ epoch: undefined, ownRevision: undefined, isToDelete: false });
      return;
    }
    const { settings, tenure, isCandidate } = this.state;
    this.set({ ownRevision: doing.revision });
    if (!isCandidate) return;
    const untilMs = doing.writtenMs + (settings.ttlMs * 2) / 3;
    const renewMs = doing.writtenMs + settings.ttlMs / 3;
    if (nowMs >= untilMs) return;
    const { number, id } = known;
    const term = tenure?.term ?? { epoch: { number, id }, revision: doing.revision };
    this.set({ tenure: { term, untilMs, renewMs }, nextMs: renewMs });
    this.do({ type: tenure ? 'tell-renewed' : 'tell-held', term, untilMs });
  }

  #know(epoch: Epoch | undefined, revision: number, nowMs: number): void {
    const { epoch: known, greatestEpoch } = this.state;
    // An epoch below one that was before it would make terms fall for those who saw that.
    if (!epoch || epoch.number < greatestEpoch) {
      this.set({ epoch: undefined, staleEpoch: revision, ownRevision: undefined, isToDelete: false });
    } else if (epoch.id !== known?.id) {
      const { number, id } = epoch;
      this.set({ epoch: { number, id, seenMs: nowMs, isOpen: false }, greatestEpoch: number });
    }
  }

  #openEpoch(): void {
    const { epoch } = this.state;
    if (epoch) this.set({ epoch: { ...epoch, isOpen: true } });
  }

  /** Begins what is to be done next, where it is time for it and nothing is under way. */
  #goOn({ nowMs, wallMs }: LeaseEvent): void {
    const { doing, nextMs, isCandidate, isToDelete, epoch, ownRevision } = this.state;
    if (doing || nowMs < nextMs) return;
    if (!isCandidate && !isToDelete) this.set({ nextMs: Infinity });
    else if (!epoch) this.#findEpoch(nowMs, wallMs);
    else if (!epoch.isOpen) this.#waitForOpen(epoch, nowMs);
    else if (ownRevision === undefined) this.#read(epoch, nowMs);
    else if (isCandidate) this.#write(epoch, ownRevision, nowMs);
    else this.#delete(epoch, ownRevision, nowMs);
  }

  #findEpoch(nowMs: number, wallMs: number): void {
    const { staleEpoch, greatestEpoch, lastCall, settings } = this.state;
    const at = { bucket: BUCKETS.lasting, key: 'epoch' };
    if (staleEpoch === undefined) return this.#call({ step: 'read-epoch' }, nowMs, { type: 'get', ...at });
    // A new id each time: what was written and is late must not be taken for this.
    const epoch = {
      number: Math.max(greatestEpoch + 1, Math.floor(wallMs)),
      id: `${settings.me}-${lastCall + 1}`,
    };
    const put = { type: 'put', ...at, value: epoch, expected: staleEpoch } as const;
    this.#call({ step: 'make-epoch', epoch }, nowMs, put);
  }

  /** Whoever has known an epoch for a whole TTL may open it for all. */
  #waitForOpen({ id, seenMs }: KnownEpoch, nowMs: number): void {
    const { settings, lastCall, isToDelete, isCandidate } = this.state;
    if (isToDelete && !isCandidate) return this.set({ isToDelete: false, nextMs: Infinity });
    const at = { bucket: BUCKETS.lasting, key: `open.${id}` };
    const openMs = seenMs + settings.ttlMs;
    if (nowMs >= openMs) {
      this.#call({ step: 'open' }, nowMs, { type: 'put', ...at, value: lastCall, expected: undefined });
    } else {
      this.#call({ step: 'read-open' }, nowMs, { type: 'get', ...at });
    }
  }

  #restUntilOpen(nowMs: number): void {
    const { epoch, settings, isCandidate } = this.state;
    const untilMs = (epoch?.seenMs ?? nowMs) + settings.ttlMs;
    this.set({ nextMs: untilMs });
    if (isCandidate) this.do({ type: 'tell-waiting', untilMs });
  }

  #read(epoch: Epoch, nowMs: number): void {
    const key = leaseKey(this.state.settings.name, epoch);
    this.#call({ step: 'read' }, nowMs, { type: 'get', bucket: BUCKETS.leases, key });
  }

  /** Creates, claims or renews it: it is ours where this is written over what is known of it. */
  #write(epoch: Epoch, expected: number, nowMs: number): void {
    const { settings, tenure } = this.state;
    const value = { holder: settings.me, since: tenure?.term.revision ?? null };
    const key = leaseKey(settings.name, epoch);
    this.#call({ step: 'write' }, nowMs, { type: 'put', bucket: BUCKETS.leases, key, value, expected });
  }

  #verify(writtenMs: number, revision: number, nowMs: number): void {
    const get = { type: 'get', bucket: BUCKETS.lasting, key: 'epoch' } as const;
    this.#call({ step: 'verify', writtenMs, revision }, nowMs, get);
  }

  #delete(epoch: Epoch, expected: number, nowMs: number): void {
    const key = leaseKey(this.state.settings.name, epoch);
    const put = { type: 'put', bucket: BUCKETS.leases, key, value: null, expected } as const;
    this.#call({ step: 'delete' }, nowMs, put);
  }

  /** Until the next try, from half to one and a half times as long as said. */
  #rest(revision: number, { nowMs, chance }: At): void {
    const { seen, settings } = this.state;
    const { ttlMs, tryMs } = settings;
    const sinceMs = seen?.revision === revision ? seen.sinceMs : nowMs;
    // Who holds it renews it after a third of the TTL; one that has not is perhaps gone, and the lease soon free.
    const isOverdue = nowMs - sinceMs >= ttlMs / 2;
    const restMs = (isOverdue ? tryMs / 5 : tryMs) * (0.5 + chance);
    this.set({ seen: { revision, sinceMs }, nextMs: nowMs + restMs });
  }

  #lose(reason: LossReason, nowMs: number): void {
    const { tenure } = this.state;
    if (!tenure) return;
    this.set({ tenure: undefined, nextMs: nowMs });
    this.do({ type: 'tell-lost', term: tenure.term, reason });
  }

  #call(doing: DoingStep, nowMs: number, call: WithoutNumber<EngineCall>): void {
    const number = this.number();
    this.set({ doing: { ...doing, call: number, sentMs: nowMs } });
    this.do({ ...call, call: number });
  }
}

type WithoutNumber<Call> = Call extends unknown ? Omit<Call, 'call'> : never;
