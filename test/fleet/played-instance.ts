import type { FleetInstance } from '../../packages/fleet/src/host.ts';

/** What a supervisor would give, without a process: each step waits for nothing unless a test says so. */
export class PlayedInstance implements FleetInstance {
  phase = 'running';
  ready = 2;
  slots = 2;
  generation = 1;
  requests = 0;
  errors = 0;
  /** What was done, in its order. */
  readonly steps: string[] = [];
  /** What a step throws. */
  failure: Error | undefined;
  /** What a report rejects with. */
  reportFailure: Error | undefined;
  /** A step waits for it. */
  hold: Promise<void> = Promise.resolve();

  status(): ReturnType<FleetInstance['status']> {
    const { phase, ready, slots, generation } = this;
    return { phase, ready, slots, generation };
  }

  async report(): Promise<unknown> {
    if (this.reportFailure) throw this.reportFailure;
    const cells = Array.from({ length: 71 }, () => 0);
    cells[7] = 0.25;
    cells[16] = this.requests - this.errors;
    cells[19] = this.errors;
    cells[55] = this.requests;
    return { slots: [{ slot: 0, ageMs: 10, cells }] };
  }

  async reload(): Promise<void> {
    await this.#step('reload');
    this.generation += 1;
  }

  async scale(workers: number): Promise<void> {
    await this.#step(`scale ${workers}`);
    this.slots = workers;
    this.ready = workers;
  }

  async close(): Promise<void> {
    await this.#step('stop');
    this.phase = 'ended';
    this.ready = 0;
  }

  async #step(name: string): Promise<void> {
    this.steps.push(name);
    await this.hold;
    if (this.failure) throw this.failure;
  }
}
