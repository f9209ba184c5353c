/** A machine's step while it is being made: the state so far, and the effects in their order. */
export class Draft<State extends { readonly lastCall: number }, Effect> {
  #state: State;
  readonly #effects: Effect[] = [];

  constructor(state: State) {
    this.#state = state;
  }

  get state(): State {
    return this.#state;
  }

  set(changes: Partial<State>): void {
    this.#state = { ...this.#state, ...changes };
  }

  do(effect: Effect): void {
    this.#effects.push(effect);
  }

  /** For a call that no other has. */
  number(): number {
    const lastCall = this.#state.lastCall + 1;
    this.#state = { ...this.#state, lastCall };
    return lastCall;
  }

  step(): { readonly state: State; readonly effects: readonly Effect[] } {
    return { state: this.#state, effects: this.#effects };
  }
}
