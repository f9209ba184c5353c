import type {
  At,
  LeaveCause,
  Member,
  Operation,
  Pool,
  PoolEffect,
  PoolEvent,
  PoolPolicy,
  PoolStep,
} from './pool.ts';
import { recentDeaths, restartDelay } from './restart-policy.ts';

/** A pool whose slots are about to be filled for the first time. */
export function openPool(slots: number): PoolStep {
  const draft = new Draft({
    phase: 'running',
    slots,
    generation: 0,
    lastGeneration: 0,
    generations: new Map(),
    members: [],
    waits: new Set(),
    done: new Set(),
    deaths: new Map(),
    unproven: new Set(upTo(slots)),
    failedStarts: 0,
    wasEverReady: false,
    isStarted: false,
    isFull: false,
    operation: undefined,
    lastId: 0,
  });
  for (const slot of upTo(slots)) draft.fill(slot);
  return draft.step();
}

/** What keeps a pool from beginning a reload or another number of slots; `undefined` where nothing does. */
export function hindrance(pool: Pool, wanted: Operation['kind']): Operation['kind'] | 'closed' | undefined {
  if (pool.phase !== 'running') return 'closed';
  const { operation } = pool;
  // The number of slots may be changed again at any moment.
  return operation?.kind === 'scale' && wanted === 'scale' ? undefined : operation?.kind;
}

/** The pool after an event, and what to do about it. What comes too late, or from nobody, changes nothing. */
export function poolTransition(pool: Pool, event: PoolEvent, policy: PoolPolicy): PoolStep {
  const draft = new Draft(pool);
  draft.apply(event, policy);
  return draft.step();
}

/** One step in the making. */
class Draft {
  #pool: Pool;
  readonly #effects: PoolEffect[] = [];

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  step(): PoolStep {
    return { pool: this.#pool, effects: this.#effects };
  }

  apply(event: PoolEvent, policy: PoolPolicy): void {
    switch (event.type) {
      case 'ready':
        this.#becomeReady(event.id, policy);
        break;
      case 'soaked':
        this.#takeOver(event.id);
        break;
      case 'ended':
        this.#end(event, policy);
        break;
      case 'leaving':
        this.#lose(event, 'own', policy);
        break;
      case 'ready-timeout':
        if (this.#member(event.id)?.state === 'starting') this.#lose(event, 'ready-timeout', policy);
        break;
      case 'hung':
        this.#onHung(event, policy);
        break;
      case 'over-memory':
        this.#replaceFat(event, policy);
        break;
      case 'wait-over':
        if (this.#forgetWait(event.slot)) this.fill(event.slot);
        break;
      case 'reload':
        if (hindrance(this.#pool, 'reload') === undefined) this.#beginReload();
        break;
      case 'scale':
        if (hindrance(this.#pool, 'scale') === undefined) this.#scale(event.slots);
        break;
      case 'replace':
        if (hindrance(this.#pool, 'replace') === undefined) this.#replace(event.slot);
        break;
      case 'stop':
        this.#stop();
        break;
      default:
        event satisfies never;
    }
    this.#goOn(policy);
  }

  /** Starts a member for a slot, beside the one that it replaces if there is any. */
  fill(slot: number, replaces?: number): number {
    const id = this.#pool.lastId + 1;
    const generation = this.#pool.generations.get(slot) ?? this.#pool.generation;
    const member: Member = { id, slot, generation, state: 'starting', replaces };
    const done = new Set([...this.#pool.done].filter((each) => each !== slot));
    this.#set({ lastId: id, members: [...this.#pool.members, member], done });
    this.#do({ type: 'fork', member });
    return id;
  }

  #becomeReady(id: number, { soakMs }: PoolPolicy): void {
    const member = this.#member(id);
    if (member?.state !== 'starting') return;
    this.#change({ ...member, state: 'ready' });
    this.#set({ failedStarts: 0, wasEverReady: true });
    this.#prove(member.slot);
    if (this.#isUnderway(id) && soakMs > 0) this.#do({ type: 'soak', id, delayMs: soakMs });
    else this.#takeOver(id);
  }

  /** Whoever served its slot before may leave. */
  #takeOver(id: number): void {
    const member = this.#member(id);
    if (member?.state !== 'ready') return;
    const cause = this.#causeOf(id);
    for (const other of this.#inSlot(member.slot)) if (other.id < id) this.#dismiss(other, cause);
    if (member.replaces !== undefined) this.#change({ ...member, replaces: undefined });
    const { operation } = this.#pool;
    if (operation?.kind !== 'reload' || !this.#isUnderway(id)) return;
    const underway = operation.underway.filter((each) => each !== id);
    this.#set({ operation: { ...operation, underway } });
    const done = this.#pool.slots - operation.todo.length - underway.length;
    this.#do({ type: 'tell-reload-progress', generation: operation.generation, done });
  }

  #end({ id, isDone, ...at }: PoolEvent & { type: 'ended' }, policy: PoolPolicy): void {
    const member = this.#member(id);
    if (!member) return;
    this.#set({ members: this.#pool.members.filter((each) => each !== member) });
    const told = this.#effects.length;
    let restartInMs: number | undefined;
    if (member.state !== 'leaving') {
      const { wasEverReady, operation } = this.#pool;
      const isProgramDone = isDone && member.state === 'starting' && !wasEverReady && !operation;
      restartInMs = isProgramDone ? this.#finish(member) : this.#fail(member, at, policy);
    }
    this.#effects.splice(told, 0, { type: 'tell-end', id, restartInMs });
  }

  /** A member that lives can not be counted on any more. */
  #lose(
    { id, ...at }: At & { id: number },
    cause: 'own' | 'hang' | 'ready-timeout',
    policy: PoolPolicy,
  ): void {
    const member = this.#member(id);
    if (!member || member.state === 'leaving') return;
    this.#change({ ...member, state: 'leaving' });
    // Who leaves by himself may also fail to.
    this.#do({ type: cause === 'own' ? 'drain' : 'kill', id, cause });
    this.#fail(member, at, policy);
  }

  #onHung(event: At & { id: number }, policy: PoolPolicy): void {
    const state = this.#member(event.id)?.state;
    if (state === 'ready') this.#lose(event, 'hang', policy);
    // It will not finish what it has, and clients wait for it.
    else if (state === 'leaving') this.#do({ type: 'kill', id: event.id, cause: 'hang' });
  }

  /** The slot of a member is empty, and not because that was wanted; gives when it is filled again. */
  #fail(member: Member, { nowMs, chance }: At, policy: PoolPolicy): number | undefined {
    if (this.#pool.phase !== 'running') return undefined;
    const { id, slot } = member;
    const wasReady = member.state === 'ready';
    this.#prove(slot);
    if (!wasReady) this.#set({ failedStarts: this.#pool.failedStarts + 1 });
    const deaths = [...recentDeaths(this.#pool.deaths.get(slot) ?? [], nowMs, policy.restart), nowMs];
    this.#set({ deaths: new Map(this.#pool.deaths).set(slot, deaths) });

    if (!this.#pool.wasEverReady && this.#pool.failedStarts >= policy.restart.maxFailedStarts) {
      this.#do({ type: 'tell-gave-up', failedId: id, failures: this.#pool.failedStarts });
      this.#stop();
      return undefined;
    }
    if (this.#isUnderway(id)) {
      this.#abortReload(member);
    } else if (this.#pool.operation?.kind === 'replace' && this.#pool.operation.id === id) {
      this.#set({ operation: undefined });
      this.#do({ type: 'tell-replace-failed', slot, failedId: id });
    } else if (!wasReady && this.#isNewSlot(slot)) {
      this.#abortScale(id);
    }
    if (slot >= this.#pool.slots || this.#inSlot(slot).length > 0) return undefined;
    const { operation } = this.#pool;
    if (operation?.kind === 'reload' && operation.todo.includes(slot)) {
      this.#replaceForReload(slot);
      return 0;
    }
    const delayMs = restartDelay({ wasReady, count: deaths.length, chance }, policy.restart);
    if (delayMs === 0) this.fill(slot);
    else this.#wait(slot, delayMs);
    return delayMs;
  }

  /** The program has ended as programs do that have nothing more to do. */
  #finish({ id, slot }: Member): undefined {
    if (this.#pool.phase !== 'running') return;
    this.#prove(slot);
    if (this.#inSlot(slot).length === 0) this.#set({ done: new Set(this.#pool.done).add(slot) });
    if (this.#pool.members.length > 0 || this.#pool.waits.size > 0) return;
    this.#do({ type: 'tell-done', lastId: id });
    this.#stop();
  }

  /** One at a time, and not while a reload replaces them anyway. */
  #replaceFat({ id, nowMs, chance }: At & { id: number }, { restart }: PoolPolicy): void {
    const member = this.#member(id);
    if (member?.state !== 'ready' || this.#pool.phase !== 'running' || this.#pool.operation) return;
    if (this.#pool.members.some(({ replaces, state }) => replaces !== undefined && state !== 'leaving'))
      return;
    const { slot } = member;
    const deaths = recentDeaths(this.#pool.deaths.get(slot) ?? [], nowMs, restart);
    const delayMs = restartDelay({ wasReady: true, count: deaths.length + 1, chance }, restart);
    if (nowMs - (deaths.at(-1) ?? -Infinity) < delayMs) return;
    this.#set({ deaths: new Map(this.#pool.deaths).set(slot, [...deaths, nowMs]) });
    this.fill(slot, id);
  }

  #beginReload(): void {
    const generation = this.#pool.lastGeneration + 1;
    for (const slot of this.#pool.waits) this.#cancelWait(slot);
    this.#set({
      lastGeneration: generation,
      operation: { kind: 'reload', generation, todo: upTo(this.#pool.slots), underway: [] },
    });
    this.#do({ type: 'tell-reload-started', generation });
  }

  #replaceForReload(slot: number): void {
    const { operation } = this.#pool;
    if (operation?.kind !== 'reload') return;
    const { generation, todo } = operation;
    this.#set({ generations: new Map(this.#pool.generations).set(slot, generation) });
    const id = this.fill(slot, this.#inSlot(slot)[0]?.id);
    this.#set({
      operation: {
        ...operation,
        todo: todo.filter((each) => each !== slot),
        underway: [...operation.underway, id],
      },
    });
  }

  /** Members that have not taken over leave again; their predecessors go on. */
  #abortReload(failed: Member): void {
    const { operation } = this.#pool;
    if (operation?.kind !== 'reload') return;
    this.#set({ operation: undefined });
    const generations = new Map(this.#pool.generations);
    for (const id of operation.underway) {
      const member = this.#member(id);
      if (member && member.state !== 'leaving') this.#dismiss(member, 'reload-failed');
      const { slot } = member ?? failed;
      generations.set(slot, this.#inSlot(slot)[0]?.generation ?? this.#pool.generation);
    }
    this.#set({ generations });
    // Where the reload was to fill a slot.
    const { waits, done } = this.#pool;
    for (const slot of upTo(this.#pool.slots)) {
      const isEmpty = this.#inSlot(slot).length === 0 && !waits.has(slot) && !done.has(slot);
      if (isEmpty && slot !== failed.slot) this.fill(slot);
    }
    this.#do({ type: 'tell-reload-failed', generation: operation.generation, failedId: failed.id });
  }

  #scale(slots: number): void {
    const { operation } = this.#pool;
    const before = this.#pool.slots;
    const from = operation?.kind === 'scale' ? Math.min(operation.from, before) : before;
    this.#do({ type: 'tell-scale-started', from: before, to: slots });
    this.#set({ operation: { kind: 'scale', from: Math.min(from, slots) } });
    this.#resize(slots);
  }

  #replace(slot: number): void {
    if (slot >= this.#pool.slots) return;
    this.#cancelWait(slot);
    this.#do({ type: 'tell-replace-started', slot });
    const inSlot = this.#inSlot(slot);
    // One that is starting will do.
    const id = inSlot.find(({ state }) => state === 'starting')?.id ?? this.fill(slot, inSlot[0]?.id);
    this.#set({ operation: { kind: 'replace', slot, id } });
  }

  #resize(slots: number): void {
    const before = this.#pool.slots;
    const { done, unproven } = this.#pool;
    const stays = (slot: number): boolean => slot < slots;
    // During the start, too: what is not there any more will not be ready.
    this.#set({
      slots,
      done: new Set([...done].filter(stays)),
      unproven: new Set([...unproven].filter(stays)),
    });
    for (const slot of this.#pool.waits) if (slot >= slots) this.#cancelWait(slot);
    for (const member of this.#pool.members) {
      if (member.slot >= slots && member.state !== 'leaving') this.#dismiss(member, 'scale');
    }
    const generations = new Map(this.#pool.generations);
    for (const slot of generations.keys()) if (slot >= slots) generations.delete(slot);
    this.#set({ generations });
    for (let slot = before; slot < slots; slot += 1) this.fill(slot);
  }

  #abortScale(failedId: number): void {
    const { operation } = this.#pool;
    if (operation?.kind !== 'scale') return;
    this.#set({ operation: undefined });
    this.#resize(operation.from);
    this.#do({ type: 'tell-scale-failed', failedId });
  }

  #stop(): void {
    if (this.#pool.phase !== 'running') return;
    this.#set({ phase: 'stopping', operation: undefined });
    this.#do({ type: 'tell-stopping' });
    for (const slot of this.#pool.waits) this.#cancelWait(slot);
    for (const member of this.#pool.members) if (member.state !== 'leaving') this.#dismiss(member, 'stop');
  }

  /** What follows of where the pool has got to. */
  #goOn({ maxSurge }: PoolPolicy): void {
    this.#replaceMore(maxSurge);
    this.#settle();
    const { phase, members, unproven, wasEverReady, isStarted } = this.#pool;
    if (phase === 'stopping' && members.length === 0) {
      this.#set({ phase: 'ended' });
      this.#do({ type: 'tell-ended' });
    }
    if (phase !== 'running') return;
    if (!isStarted && unproven.size === 0 && wasEverReady) {
      this.#set({ isStarted: true });
      this.#do({ type: 'tell-started' });
    }
    const isFull = upTo(this.#pool.slots).every((slot) => this.#isServed(slot));
    if (isFull && !this.#pool.isFull) this.#do({ type: 'tell-full' });
    this.#set({ isFull });
  }

  #replaceMore(maxSurge: PoolPolicy['maxSurge']): void {
    for (;;) {
      const { operation, slots } = this.#pool;
      if (operation?.kind !== 'reload') return;
      const [slot] = operation.todo;
      if (slot === undefined || operation.underway.length >= maxSurge(slots)) return;
      this.#replaceForReload(slot);
    }
  }

  /** Ends an operation that has reached its end. */
  #settle(): void {
    const { operation, members, slots } = this.#pool;
    if (operation?.kind === 'reload') {
      const { generation, todo, underway } = operation;
      const isOldGone = members.every((member) => member.generation >= generation);
      if (todo.length > 0 || underway.length > 0 || !isOldGone) return;
      this.#set({ operation: undefined, generation, generations: new Map() });
      this.#do({ type: 'tell-reload-done', generation });
    } else if (operation?.kind === 'scale') {
      const isLessGone = members.every(({ slot }) => slot < slots);
      const isMoreReady = upTo(slots).every((slot) => slot < operation.from || this.#isServed(slot));
      if (!isLessGone || !isMoreReady) return;
      this.#set({ operation: undefined });
      this.#do({ type: 'tell-scale-done' });
    } else if (operation?.kind === 'replace') {
      const { slot, id } = operation;
      const isAlone = members.every((member) => member.slot !== slot || member.id === id);
      if (!isAlone || this.#member(id)?.state !== 'ready') return;
      this.#set({ operation: undefined });
      this.#do({ type: 'tell-replace-done', slot });
    }
  }

  #causeOf(id: number): LeaveCause {
    if (this.#isUnderway(id)) return 'reload';
    const { operation } = this.#pool;
    return operation?.kind === 'replace' && operation.id === id ? 'replace' : 'memory';
  }

  #dismiss(member: Member, cause: LeaveCause): void {
    this.#change({ ...member, state: 'leaving' });
    this.#do({ type: member.state === 'ready' ? 'drain' : 'kill', id: member.id, cause });
  }

  #wait(slot: number, delayMs: number): void {
    this.#set({ waits: new Set(this.#pool.waits).add(slot) });
    this.#do({ type: 'wait', slot, delayMs });
  }

  #cancelWait(slot: number): void {
    if (this.#forgetWait(slot)) this.#do({ type: 'cancel-wait', slot });
  }

  #forgetWait(slot: number): boolean {
    if (!this.#pool.waits.has(slot)) return false;
    this.#set({ waits: new Set([...this.#pool.waits].filter((each) => each !== slot)) });
    return true;
  }

  /** A slot has been tried. */
  #prove(slot: number): void {
    const { unproven } = this.#pool;
    if (!unproven.has(slot)) return;
    this.#set({ unproven: new Set([...unproven].filter((each) => each !== slot)) });
  }

  #isServed(slot: number): boolean {
    return this.#inSlot(slot).some(({ state }) => state === 'ready');
  }

  #isNewSlot(slot: number): boolean {
    const { operation } = this.#pool;
    return operation?.kind === 'scale' && slot >= operation.from;
  }

  #isUnderway(id: number): boolean {
    const { operation } = this.#pool;
    return operation?.kind === 'reload' && operation.underway.includes(id);
  }

  /** Those of a slot that are not leaving. */
  #inSlot(slot: number): Member[] {
    return this.#pool.members.filter((member) => member.slot === slot && member.state !== 'leaving');
  }

  #member(id: number): Member | undefined {
    return this.#pool.members.find((member) => member.id === id);
  }

  #change(member: Member): void {
    this.#set({ members: this.#pool.members.map((each) => (each.id === member.id ? member : each)) });
  }

  #set(changes: Partial<Pool>): void {
    this.#pool = { ...this.#pool, ...changes };
  }

  #do(effect: PoolEffect): void {
    this.#effects.push(effect);
  }
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
