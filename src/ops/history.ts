/** How many samples, one a second, and events a viewer is shown of what was before it came. */
const MAX_SAMPLES = 900;
const MAX_EVENTS = 200;
/** Of each of the two, in characters. */
const MAX_LENGTH: number = 32 * 2 ** 20;

/** What has been sent lately, as JSON: it is made once, however many look. */
export class History {
  readonly #samples: Recent;
  readonly #events: Recent;
  #json: string | undefined;
  /** What stands for the last sample once there is another. */
  #brief: string | undefined;

  constructor(maxLength: number = MAX_LENGTH) {
    this.#samples = new Recent(MAX_SAMPLES, maxLength);
    this.#events = new Recent(MAX_EVENTS, maxLength);
  }

  /** @param brief what is kept of it when it is no longer the last one */
  addSample(json: string, brief: string = json): void {
    if (this.#brief !== undefined) this.#samples.replaceLast(this.#brief);
    this.#samples.add(json);
    this.#brief = brief;
    this.#json = undefined;
  }

  addEvent(json: string): void {
    this.#events.add(json);
    this.#json = undefined;
  }

  /** The `history` of `StreamEvents`. */
  get json(): string {
    this.#json ??= `{"samples":[${this.#samples.joined}],"events":[${this.#events.joined}]}`;
    return this.#json;
  }
}

/** The last texts: no more than some, and no longer than some together, but always the very last. */
class Recent {
  readonly #max: number;
  readonly #maxLength: number;
  readonly #texts: string[] = [];
  #length = 0;

  constructor(max: number, maxLength: number) {
    this.#max = max;
    this.#maxLength = maxLength;
  }

  get joined(): string {
    return this.#texts.join(',');
  }

  add(text: string): void {
    this.#texts.push(text);
    this.#length += text.length;
    while (this.#texts.length > this.#max || (this.#length > this.#maxLength && this.#texts.length > 1))
      this.#length -= this.#texts.shift()?.length ?? 0;
  }

  replaceLast(text: string): void {
    this.#length += text.length - (this.#texts.pop()?.length ?? 0);
    this.#texts.push(text);
  }
}
