import type { SupervisedEnd, SupervisorEvent, WorkerName } from '../../../src/index.ts';

/** A worker as the events tell of it. Times are by the clock on the wall, in ms. */
export interface Life {
  readonly worker: WorkerName;
  readonly startedAtMs: number;
  readyAtMs: number | undefined;
  /** When it was told to leave or was found to hang. */
  leavingAtMs: number | undefined;
  endedAtMs: number | undefined;
  reason: SupervisedEnd | undefined;
  /** Where it hung. */
  stack: string | undefined;
}

interface Suspicion {
  readonly text: string;
  readonly older: Life;
}

/** Follows the events of a supervisor, and notes what must never be. */
export class Chronicle {
  readonly violations: string[] = [];
  readonly lives = new Map<number, Life>();
  /** How long each reload took that was done, and each slot was without a ready worker after a loss, in ms. */
  readonly reloadMs: number[] = [];
  readonly replacementMs: number[] = [];
  slots: number;
  #operation: { readonly kind: 'reload' | 'scale'; readonly generation: number | undefined } | undefined;
  /** Two in one place: only right if the older one was to leave, which may be told later. */
  readonly #suspicions: Suspicion[] = [];
  /** Workers of slots that stay, unless it is told next that there are fewer. */
  readonly #surplus: WorkerName[] = [];
  /** Slots that have lost their worker, by when. */
  readonly #lost = new Map<number, number>();
  #isStopping = false;

  constructor(slots: number) {
    this.slots = slots;
  }

  get isBusy(): boolean {
    return this.#operation !== undefined;
  }

  hear(event: SupervisorEvent): void {
    switch (event.type) {
      case 'worker-started':
        this.#onStarted(event);
        break;
      case 'worker-ready':
        this.#onReady(event);
        break;
      case 'worker-draining':
        this.#onDraining(event);
        break;
      case 'worker-hung':
        this.#onLost(event);
        this.#noteStack(event);
        this.#clear(event.worker);
        break;
      case 'worker-over-memory':
        this.#clear(event.worker);
        break;
      case 'worker-ended':
        this.#onEnded(event);
        break;
      case 'reload-started':
        this.#begin('reload', event.generation);
        break;
      case 'reload-done':
        this.reloadMs.push(event.tookMs);
        this.#finish('reload', event.generation);
        this.#expectGeneration(event.generation);
        break;
      case 'reload-failed':
        this.#finish('reload', event.generation);
        break;
      case 'scale-started':
        if (event.from !== this.slots)
          this.#blame(`scaled from ${event.from} where there were ${this.slots}`);
        this.slots = event.to;
        this.#begin('scale', undefined);
        break;
      case 'scale-done':
      case 'scale-failed':
        this.slots = event.slots;
        this.#finish('scale', undefined);
        break;
      case 'stopping':
        this.#isStopping = true;
        this.#operation = undefined;
        break;
      case 'gave-up':
        this.#blame('it gave up');
        break;
      default:
    }
  }

  /** What can only be judged when nothing is under way any more. */
  settle(): void {
    for (const { text } of this.#suspicions.splice(0)) this.#blame(text);
    for (const worker of this.#surplus.splice(0))
      this.#blame(`${nameOf(worker)} left by scale, and its slot stays`);
    if (this.#operation) this.#blame(`a ${this.#operation.kind} has no end`);
  }

  get living(): readonly Life[] {
    return [...this.lives.values()].filter(({ endedAtMs }) => endedAtMs === undefined);
  }

  #onStarted({ worker, atMs }: SupervisorEvent & { worker: WorkerName }): void {
    if (this.lives.has(worker.id)) this.#blame(`${nameOf(worker)} started twice`);
    if (worker.slot >= this.slots)
      this.#blame(`${nameOf(worker)} started where there are ${this.slots} slots`);
    if (this.#isStopping) this.#blame(`${nameOf(worker)} started while it was stopping`);
    for (const older of this.living) {
      const isBeside =
        older.leavingAtMs === undefined &&
        older.worker.slot === worker.slot &&
        older.worker.generation === worker.generation;
      if (isBeside)
        this.#suspicions.push({ older, text: `${nameOf(worker)} started beside ${nameOf(older.worker)}` });
    }
    this.lives.set(worker.id, {
      worker,
      startedAtMs: atMs,
      readyAtMs: undefined,
      leavingAtMs: undefined,
      endedAtMs: undefined,
      reason: undefined,
      stack: undefined,
    });
  }

  #onReady({ worker, atMs }: SupervisorEvent & { worker: WorkerName }): void {
    const life = this.#lifeOf(worker, 'ready');
    if (!life) return;
    if (life.readyAtMs !== undefined) this.#blame(`${nameOf(worker)} was ready twice`);
    life.readyAtMs = atMs;
    const lostAtMs = this.#lost.get(worker.slot);
    if (lostAtMs !== undefined) this.replacementMs.push(atMs - lostAtMs);
    this.#lost.delete(worker.slot);
  }

  #onDraining(event: SupervisorEvent & { type: 'worker-draining' }): void {
    const { worker, cause, atMs } = event;
    const life = this.#lifeOf(worker, 'draining');
    if (!life) return;
    if (life.leavingAtMs !== undefined) this.#blame(`${nameOf(worker)} was told to leave twice`);
    if (cause === 'own') {
      this.#onLost(event);
      return;
    }
    life.leavingAtMs = atMs;
    const isServed = this.#servants(worker.slot).length > 0;
    if ((cause === 'reload' || cause === 'memory') && !isServed)
      this.#blame(`${nameOf(worker)} left by ${cause} before another was ready`);
    if (cause === 'scale' && worker.slot < this.slots) this.#surplus.push(worker);
    if (cause === 'reload-failed' && life.readyAtMs !== undefined && !isServed)
      this.#blame(`${nameOf(worker)} served, and left because a reload had failed`);
  }

  #onEnded(event: SupervisorEvent & { type: 'worker-ended' }): void {
    const { worker, reason, atMs, wasReady } = event;
    const life = this.#lifeOf(worker, 'ended');
    if (!life) return;
    this.#onLost(event);
    life.endedAtMs = atMs;
    life.reason = reason;
    if (wasReady !== (life.readyAtMs !== undefined)) this.#blame(`${nameOf(worker)} wasReady: ${wasReady}`);
    if (reason.kind === 'ready-timeout') this.#clear(worker);
  }

  /** One that served does not any more, which nobody wanted. */
  #onLost({ worker, atMs }: SupervisorEvent & { worker: WorkerName }): void {
    const life = this.#lifeOf(worker, 'lost');
    if (!life || life.leavingAtMs !== undefined) return;
    life.leavingAtMs = atMs;
    if (life.readyAtMs === undefined || worker.slot >= this.slots) return;
    if (this.#servants(worker.slot).length === 0) this.#lost.set(worker.slot, atMs);
  }

  #noteStack({ worker, stack }: SupervisorEvent & { type: 'worker-hung' }): void {
    const life = this.lives.get(worker.id);
    if (life) life.stack = stack;
  }

  #servants(slot: number): readonly Life[] {
    return this.living.filter(
      ({ worker, readyAtMs, leavingAtMs }) =>
        worker.slot === slot && readyAtMs !== undefined && leavingAtMs === undefined,
    );
  }

  #clear(worker: WorkerName): void {
    const left = this.#suspicions.filter(({ older }) => older.worker.id !== worker.id);
    this.#suspicions.splice(0, Infinity, ...left);
  }

  #begin(kind: 'reload' | 'scale', generation: number | undefined): void {
    // A number of slots may be changed again while it is being reached.
    const isFree = !this.#operation || (kind === 'scale' && this.#operation.kind === 'scale');
    if (!isFree) this.#blame(`a ${kind} began during a ${this.#operation?.kind}`);
    this.#operation = { kind, generation };
  }

  #finish(kind: 'reload' | 'scale', generation: number | undefined): void {
    const { kind: begun, generation: number } = this.#operation ?? {};
    if (begun !== kind || number !== generation)
      this.#blame(`a ${kind} ended where ${begun ?? 'nothing'} was under way`);
    this.#operation = undefined;
    for (const worker of this.#surplus.splice(0)) {
      if (worker.slot < this.slots)
        this.#blame(`${nameOf(worker)} left by scale where there are ${this.slots} slots`);
    }
    for (const slot of this.#lost.keys()) if (slot >= this.slots) this.#lost.delete(slot);
  }

  #expectGeneration(generation: number): void {
    for (const { worker } of this.living) {
      if (worker.generation < generation)
        this.#blame(`${nameOf(worker)} outlived the reload to generation ${generation}`);
    }
  }

  #lifeOf(worker: WorkerName, what: string): Life | undefined {
    const life = this.lives.get(worker.id);
    if (!life) this.#blame(`${nameOf(worker)} ${what}, and had not started`);
    else if (life.endedAtMs !== undefined) this.#blame(`${nameOf(worker)} ${what} after its end`);
    return life;
  }

  #blame(what: string): void {
    this.violations.push(what);
  }
}

export function nameOf({ id, slot, generation, pid }: WorkerName): string {
  return `worker ${id} (slot ${slot}, generation ${generation}, pid ${pid})`;
}
