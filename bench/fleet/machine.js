// A state machine of the protocol, in a process whose clock is its own.

export class Machine {
  #world;
  #process;
  #parts;
  #wakeMs = Infinity;

  /**
   * `transition`, the first `state`, `wakeMs(state)`, `perform(effect, machine)`, and perhaps `plant(state, before, nowMs)`: what a
   * fault makes of the state after each step.
   */
  constructor(world, process, parts) {
    this.#world = world;
    this.#process = process;
    this.#parts = parts;
    this.state = parts.state;
    this.#schedule();
  }

  handle(event) {
    if (!this.#process.isAlive) return;
    const { events, random } = this.#world;
    const at = {
      nowMs: this.#process.nowMs(),
      chance: random(),
      wallMs: 1.7e12 + events.nowMs + this.#process.wallSkewMs,
    };
    const before = this.state;
    const { state, effects } = this.#parts.transition(before, { ...at, ...event });
    this.state = this.#parts.plant?.(state, before, at.nowMs) ?? state;
    for (const effect of effects) {
      if (effect.type === 'put' || effect.type === 'get' || effect.type === 'request')
        this.#world.engine.call(this.#process, effect, (answer) => this.handle(answer));
      else this.#parts.perform(effect, this);
    }
    this.#schedule();
  }

  #schedule() {
    const wakeMs = this.#parts.wakeMs(this.state);
    if (wakeMs >= this.#wakeMs || wakeMs === Infinity) return;
    this.#wakeMs = wakeMs;
    this.#world.events.at(this.#process.realMs(wakeMs) + 0.001, () => {
      if (this.#wakeMs !== wakeMs) return;
      const { stalledUntilMs } = this.#process;
      if (this.#world.events.nowMs < stalledUntilMs) {
        this.#world.events.at(stalledUntilMs, () => this.#wake());
        return;
      }
      this.#wake();
    });
  }

  #wake() {
    this.#wakeMs = Infinity;
    if (!this.#process.isAlive) return;
    if (this.#process.nowMs() >= this.#parts.wakeMs(this.state)) this.handle({ type: 'wake' });
    else this.#schedule();
  }
}
