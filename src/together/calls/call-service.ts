import { own } from '../../own.ts';
import { BriefMap } from '../brief-map.ts';
import { keptBody } from '../frames.ts';
import type { Body } from '../frames.ts';
import { PRIMARY_ID } from '../hub.ts';
import type { Hub, HubMember, HubService } from '../hub.ts';
import type { Header, OutHeader } from '../header.ts';
import type { Incoming } from '../incoming.ts';
import { keyIfLarge } from '../outbox.ts';
import type { SendOptions } from '../outbox.ts';
import { ByCaller } from './by-caller.ts';
import { answerHeader, CALLS, isCount, isRefusal, parseTarget } from './call-messages.ts';
import type { Refusal } from './call-messages.ts';
import type { CallTarget } from './contract.ts';
import { WaitingCalls } from './waiting-calls.ts';
import type { WaitingCall, Wish } from './waiting-calls.ts';

/** A worker that does not serve a contract so long after its fork will not. */
const START_MS = 10_000;
/** So much may wait for a worker that reads nothing, before calls to it are refused. */
const MAX_WAITING_BYTES = 64 * 2 ** 20;

/** A call that has been sent to whoever answers it. */
interface Call {
  /** Its number here, and for whoever answers it. */
  readonly c: number;
  readonly caller: HubMember;
  /** The caller's number of it. */
  readonly n: number;
  readonly target: HubMember;
  /** Of the answers to one question, `gather()`, this is the one of a slot. */
  readonly isGathered: boolean;
  /** With which it was sent, and what is said of it is sent. */
  readonly options: SendOptions | undefined;
}

/** Brings calls to whoever is to answer, and answers back; and tells callers of those that have ended. */
export class CallService implements HubService {
  readonly name: string = CALLS;
  readonly #hub: Hub;
  readonly #startedAtMs = own.now();
  /** By contract. */
  readonly #serving = new Map<string, Set<HubMember>>();
  readonly #calls = new BriefMap<Call>();
  readonly #byCaller = new ByCaller<Call>();
  readonly #waiting = new WaitingCalls();
  readonly #unanswered = new Map<HubMember, number>();
  /** By slot: when the last worker in it ended. */
  readonly #emptySinceMs = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;
  #lastCall = 0;
  /** Of the workers that have ended. */
  #lastId = 0;
  #turn = 0;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  receive(from: HubMember, incoming: Incoming): void {
    const { header } = incoming;
    const api = header.get('api');
    const n = header.get('n');
    switch (header.get('t')) {
      case 'serve':
        if (typeof api === 'string') this.#serve(from, api);
        return;
      case 'unserve':
        this.#unserve(from, String(api));
        return;
      case 'call':
        if (isCount(n)) this.#call(from, n, incoming);
        return;
      case 'gather':
        if (isCount(n)) this.#gather(from, n, incoming);
        return;
      case 'cancel':
        if (isCount(n)) this.#cancel(from, n);
        return;
      case 'answer':
        this.#answer(from, incoming);
        return;
      default:
    }
  }

  ended(member: HubMember): void {
    this.#lastId = Math.max(this.#lastId, member.id);
    if (member.slot !== undefined) this.#emptySinceMs.set(member.slot, own.now());
    for (const api of this.#serving.keys()) this.#unserve(member, api);
    this.#unanswered.delete(member);
    for (const call of this.#calls.values()) {
      if (call.target !== member) continue;
      this.#forget(call);
      this.#refuse(call, 'gone', member);
    }
    for (const call of this.#byCaller.forget(member)) this.#undo(call);
    this.#waiting.forget(member);
    this.#look();
  }

  leaving(): void {
    this.#look();
  }

  #serve(member: HubMember, api: string): void {
    const members = this.#serving.get(api);
    if (members) members.add(member);
    else this.#serving.set(api, new Set([member]));
    this.#look();
  }

  /** Names may be ever new ones. */
  #unserve(member: HubMember, api: string): void {
    const members = this.#serving.get(api);
    members?.delete(member);
    if (members?.size === 0) this.#serving.delete(api);
  }

  #call(caller: HubMember, n: number, incoming: Incoming): void {
    const wish = wishOf(caller, n, incoming.header, false);
    const target = parseTarget(incoming.header);
    if (!wish || !target) return;
    const found = this.#find(target, wish);
    if (typeof found === 'object') this.#pass(wish, found, incoming);
    else if (found === 'starting') this.#wait(wish, target, incoming);
    else this.#refuse(wish, found);
  }

  #gather(caller: HubMember, n: number, incoming: Incoming): void {
    const wish = wishOf(caller, n, incoming.header, true);
    if (!wish) return;
    const targets = this.#oneOfEachSlot(wish.api);
    const members = targets.map(({ id, slot = -1 }) => [id, slot]);
    caller.send({ s: CALLS, t: 'members', members, ack: n });
    incoming.whole(
      (body) => {
        const kept = keptBody(body);
        for (const { id } of targets) this.#seek({ ...wish, target: { id }, body: kept });
      },
      () => this.#refuse(wish, 'too-large'),
    );
  }

  /** A call that can wait goes to its target, waits for it, or is refused. */
  #seek(waiting: WaitingCall): void {
    // The last of a large one may be read after the end of who has sent it.
    if (waiting.caller.hasEnded) return;
    const found = this.#find(waiting.target, waiting);
    if (found instanceof Object) this.#passWhole(waiting, found, waiting.body);
    else if (found === 'starting') this.#keep(waiting);
    else this.#refuse(waiting, found, targetOf(waiting.target, this.#hub));
  }

  #find(target: CallTarget, { api, caller }: Wish): HubMember | 'starting' | Refusal {
    const primary = this.#hub.members.get(PRIMARY_ID);
    if (target === 'primary' && primary && this.#isServing(primary, api)) return primary;
    const candidates = this.#candidates(target);
    const staying = candidates.filter((member) => !member.isLeaving);
    const serving = staying.filter((member) => this.#isServing(member, api));
    const chosen = this.#choose(target, serving);
    if (chosen) return chosen;
    if (target === 'any' || target === 'least-loaded') {
      // A program that runs without workers is its own.
      if (primary && this.#isServing(primary, api)) return primary;
    }
    if (staying.some((member) => this.#isStarting(member, caller))) return 'starting';
    if (staying.length > 0) return 'not-served';
    return candidates.length > 0 ? 'gone' : this.#absence(target);
  }

  /** Nobody is there. A slot may be filled again. */
  #absence(target: CallTarget): 'starting' | Refusal {
    if (typeof target === 'string') return 'no-worker';
    if ('id' in target) return target.id <= this.#lastId ? 'gone' : 'no-target';
    const emptySinceMs = this.#emptySinceMs.get(target.slot);
    if (emptySinceMs === undefined) return 'no-target';
    return own.now() - emptySinceMs < START_MS ? 'starting' : 'gone';
  }

  #candidates(target: CallTarget): readonly HubMember[] {
    if (target === 'primary') return this.#members(PRIMARY_ID);
    if (typeof target === 'string') return this.#hub.workers;
    if ('slot' in target) return this.#hub.workers.filter(({ slot }) => slot === target.slot);
    return this.#members(target.id);
  }

  #members(id: number): readonly HubMember[] {
    const member = this.#hub.members.get(id);
    return member ? [member] : [];
  }

  #choose(target: CallTarget, serving: readonly HubMember[]): HubMember | undefined {
    if (target === 'any') {
      this.#turn += 1;
      return serving[this.#turn % serving.length];
    }
    if (target === 'least-loaded') return serving.toSorted((one, other) => this.#compare(one, other))[0];
    // Of two in a slot, the newer.
    return serving.at(-1);
  }

  #compare(one: HubMember, other: HubMember): number {
    const unanswered = this.#unansweredBy(one) - this.#unansweredBy(other);
    return unanswered || (one.worker?.connections ?? 0) - (other.worker?.connections ?? 0);
  }

  #unansweredBy(member: HubMember): number {
    return this.#unanswered.get(member) ?? 0;
  }

  /** Of two in a slot, the newer that serves it; else the newer. */
  #oneOfEachSlot(api: string): HubMember[] {
    const bySlot = new Map<number, HubMember>();
    for (const member of this.#hub.workers) {
      const { slot = -1 } = member;
      const known = bySlot.get(slot);
      const isBetter = !known || this.#isServing(member, api) || !this.#isServing(known, api);
      if (!member.isLeaving && isBetter) bySlot.set(slot, member);
    }
    return [...bySlot.values()];
  }

  #isServing(member: HubMember, api: string): boolean {
    return this.#serving.get(api)?.has(member) ?? false;
  }

  /** Whether it may yet serve what it does not. A primary that calls itself knows, and is told at once. */
  #isStarting({ id, worker }: HubMember, caller: HubMember): boolean {
    if (id === PRIMARY_ID && caller.id === PRIMARY_ID) return false;
    return own.now() - (worker?.forkedAtMs ?? this.#startedAtMs) < START_MS;
  }

  #wait(wish: Wish, target: CallTarget, incoming: Incoming): void {
    incoming.whole(
      (body) => this.#seek({ ...wish, target, body: keptBody(body) }),
      () => this.#refuse(wish, 'too-large'),
    );
  }

  #keep(waiting: WaitingCall): void {
    if (!this.#waiting.add(waiting)) {
      this.#refuse(waiting, 'too-many-wait', targetOf(waiting.target, this.#hub));
      return;
    }
    this.#timer ??= own
      .setInterval(() => this.#look(), 250)
      // Whoever waits keeps its own process running.
      .unref();
  }

  /** Something has changed: some may wait no more. */
  #look(): void {
    for (const waiting of this.#waiting.take()) this.#seek(waiting);
    if (this.#waiting.size > 0) return;
    own.clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #pass(wish: Wish, target: HubMember, incoming: Incoming): void {
    const { small } = incoming;
    const call = this.#begin(wish, target, small);
    if (!call) return;
    if (small !== undefined) target.outbox.send(doHeader(wish, call), small);
    else incoming.forward([target.outbox], doHeader(wish, call), call.options, () => this.#forget(call));
  }

  #passWhole(wish: Wish, target: HubMember, body: Body): void {
    const call = this.#begin(wish, target, body);
    if (call) target.outbox.send(doHeader(wish, call), body, call.options);
  }

  /** `body`: all of it, if it is here. Gives `undefined` where the call was refused. */
  #begin(wish: Wish, target: HubMember, body: Body | undefined): Call | undefined {
    if (target.outbox.waitingBytes > MAX_WAITING_BYTES) {
      this.#refuse(wish, 'busy', target);
      return undefined;
    }
    const { caller, n, isGathered } = wish;
    this.#lastCall += 1;
    const c = this.#lastCall;
    const call = { c, caller, n, target, isGathered, options: keyIfLarge(body, 'call', c) };
    this.#calls.set(c, call);
    this.#byCaller.add(caller, n, call);
    this.#unanswered.set(target, this.#unansweredBy(target) + 1);
    return call;
  }

  #forget(call: Call): void {
    const { c, caller, n, target } = call;
    if (!this.#calls.delete(c)) return;
    this.#byCaller.delete(caller, n, call);
    if (!target.hasEnded) this.#unanswered.set(target, this.#unansweredBy(target) - 1);
  }

  #answer(from: HubMember, incoming: Incoming): void {
    const c = Number(incoming.header.get('c'));
    const fail = incoming.header.get('fail');
    const call = this.#calls.get(c);
    if (!call || call.target !== from) return;
    if (isRefusal(fail)) {
      this.#refuse(call, fail, from);
    } else {
      this.#bring(call, incoming);
    }
    // The caller goes on meanwhile.
    this.#forget(call);
  }

  #bring(call: Call, answer: Incoming): void {
    const { c, caller, n, target } = call;
    const { header, small } = answer;
    const told = answerHeader(n, header.get('ok') === true, target.id);
    if (small !== undefined) {
      caller.outbox.send(told, small);
      return;
    }
    const onAborted = (): void => this.#refuse(call, 'gone', target);
    answer.forward([caller.outbox], told, keyIfLarge(undefined, 'answer', c), onAborted);
  }

  #refuse(
    { caller, n, isGathered }: Wish | Call,
    fail: Refusal,
    target?: Pick<HubMember, 'id' | 'slot'>,
  ): void {
    if (caller.hasEnded) return;
    const who = target && { id: target.id, slot: target.slot };
    caller.send({ s: CALLS, fail, ...(isGathered || target ? who : undefined), ack: n });
  }

  #cancel(caller: HubMember, n: number): void {
    this.#waiting.cancel(caller, n);
    for (const call of this.#byCaller.of(caller, n)) this.#undo(call);
  }

  /** Nobody waits for it any more. */
  #undo(call: Call): void {
    this.#forget(call);
    // Behind the call itself, all of it.
    call.target.outbox.send({ s: CALLS, t: 'undo', c: call.c }, undefined, call.options);
  }
}

function wishOf(caller: HubMember, n: number, header: Header, isGathered: boolean): Wish | undefined {
  const api = header.get('api');
  const method = header.get('m');
  if (typeof api !== 'string' || typeof method !== 'string') return undefined;
  return { caller, n, api, method, isGathered };
}

function doHeader({ caller, api, method }: Wish, { c }: Call): OutHeader {
  return { s: CALLS, t: 'do', api, m: method, from: caller.id, c };
}

/** Also of one that has ended meanwhile. */
function targetOf(target: CallTarget, hub: Hub): Pick<HubMember, 'id' | 'slot'> | undefined {
  if (typeof target !== 'object' || !('id' in target)) return undefined;
  return hub.members.get(target.id) ?? { id: target.id, slot: undefined };
}
