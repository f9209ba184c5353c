/** A text of Prometheus' format: the value of each sample, by its name with its labels as they stand there. */
export class Exposition {
  readonly text: string;
  readonly #values = new Map<string, number>();
  readonly #types = new Map<string, string>();

  constructor(text: string) {
    this.text = text;
    for (const line of text.split('\n')) {
      const [, name = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
      if (name) this.#types.set(name, type);
      const [, key, value] = /^([^#\s][^{\s]*(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      if (key !== undefined) this.#values.set(key, Number(value));
    }
  }

  /** Of one sample, such as `grappolo_slots` or `grappolo_worker_ready{slot="0"}`. */
  value(key: string): number | undefined {
    return this.#values.get(key);
  }

  /** Of all samples of a name. */
  sum(name: string): number {
    return this.#of(name).reduce((sum, [, value]) => sum + value, 0);
  }

  /** The slots that have a sample of that name. */
  slots(name: string): number[] {
    return this.#of(name)
      .map(([key]) => Number(/\bslot="(\d+)"/.exec(key)?.[1]))
      .toSorted((one, other) => one - other);
  }

  /** The counters that have become less since then, or are not there any more. */
  fallenSince(before: Exposition): string[] {
    return [...before.#values]
      .filter(([key]) => before.#isCounter(key))
      .filter(([key, value]) => !((this.#values.get(key) ?? -1) >= value))
      .map(([key, value]) => `${key}: ${value}, then ${this.#values.get(key)}`);
  }

  #isCounter(key: string): boolean {
    const name = nameOf(key);
    const type = this.#types.get(name) ?? this.#types.get(name.replace(/_(?:bucket|sum|count)$/, ''));
    return type === 'counter' || type === 'histogram';
  }

  #of(name: string): [key: string, value: number][] {
    return [...this.#values].filter(([key]) => nameOf(key) === name);
  }
}

function nameOf(key: string): string {
  return key.split('{', 1)[0] ?? key;
}
