import { GrappoloError } from '../../core/errors.ts';
import { own } from '../../own.ts';
import { decodeBody, encodeBody } from '../body.ts';
import { hubLost } from '../here.ts';
import type { Here } from '../here.ts';
import type { Incoming } from '../incoming.ts';
import { LIMITS } from './limit-service.ts';
import type { LimitAnswer, LimitWish } from './limit-service.ts';
import type { LimitTerms } from './limit-table.ts';

interface Wish {
  readonly key: string;
  readonly count: number | null;
  readonly resolve: (answer: LimitAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** What this process asks of limits. All that is asked in one turn goes in one message. */
export class Limits {
  readonly #here: Here;
  readonly #waiting = new Map<string, { readonly terms: LimitTerms; readonly wishes: Wish[] }>();

  constructor(here: Here) {
    this.#here = here;
  }

  async ask(name: string, terms: LimitTerms, key: string, count: number | null): Promise<LimitAnswer> {
    return new Promise((resolve, reject) => {
      const wish = { key, count, resolve, reject };
      // Two with the same name and other terms have questions of their own.
      const group = `${terms.points} ${terms.perMs} ${name}`;
      const waiting = this.#waiting.get(group);
      if (waiting) {
        waiting.wishes.push(wish);
        return;
      }
      this.#waiting.set(group, { terms, wishes: [wish] });
      own.nextTick(() => this.#send(group, name));
    });
  }

  #send(group: string, name: string): void {
    const waiting = this.#waiting.get(group);
    if (!waiting) return;
    this.#waiting.delete(group);
    const { terms, wishes } = waiting;
    const release = this.#here.hold();
    const body = encodeBody(wishes.map(({ key, count }): LimitWish => [key, count]));
    const n = this.#here.ask(
      { s: LIMITS, t: 'take', name, points: terms.points, perMs: terms.perMs },
      body,
      (answer) => {
        this.#here.forget(n);
        release();
        settle(wishes, name, terms, answer);
      },
    );
  }
}

function settle(
  wishes: readonly Wish[],
  name: string,
  terms: LimitTerms,
  answer: Incoming | undefined,
): void {
  const fail = (error: unknown): void => {
    for (const wish of wishes) wish.reject(error);
  };
  if (!answer) {
    fail(hubLost(`ask for the limit '${name}'`));
    return;
  }
  const points = answer.header.get('points');
  if (typeof points === 'number') {
    fail(limitDiffers(name, terms, { points, perMs: Number(answer.header.get('perMs')) }));
    return;
  }
  answer.whole((body) => {
    const answers = decodeBody(body) as readonly LimitAnswer[];
    for (const [index, wish] of wishes.entries()) wish.resolve(answers[index] ?? [0, -1]);
  });
}

function inWords({ points, perMs }: LimitTerms): string {
  return `${points} points in ${perMs} ms`;
}

function limitDiffers(name: string, asked: LimitTerms, known: LimitTerms): GrappoloError {
  return new GrappoloError(
    'ERR_GRAPPOLO_LIMIT_DIFFERS',
    `Cannot count by the limit '${name}' of ${inWords(asked)}: the cluster has one of this name of ${inWords(known)}. Give the two different names`,
  );
}
