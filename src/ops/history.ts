/** How many samples, one a second, and events a viewer is shown of what was before it came. */
const MAX_SAMPLES = 900;
const MAX_EVENTS = 200;

/** What has been sent lately, as JSON: it is made once, however many look. */
export class History {
  readonly #samples: string[] = [];
  readonly #events: string[] = [];
  #json: string | undefined;

  addSample(json: string): void {
    this.#add(this.#samples, json, MAX_SAMPLES);
  }

  addEvent(json: string): void {
    this.#add(this.#events, json, MAX_EVENTS);
  }

  /** The `history` of `StreamEvents`. */
  get json(): string {
    this.#json ??= `{"samples":[${this.#samples.join(',')}],"events":[${this.#events.join(',')}]}`;
    return this.#json;
  }

  #add(list: string[], json: string, max: number): void {
    list.push(json);
    if (list.length > max) list.shift();
    this.#json = undefined;
  }
}
