import { GrappoloError, invalidArgType } from '../../core/errors.ts';
import { own } from '../../own.ts';
import { decodeBody } from '../body.ts';
import { callTimeout } from '../calls/call-errors.ts';
import { hubLost } from '../here.ts';
import type { Here } from '../here.ts';
import type { Incoming } from '../incoming.ts';
import { Waiting } from '../waiting.ts';
import type { WaitingTerms } from '../waiting.ts';
import { encodeWishes, LIMITS } from './limit-messages.ts';
import type { LimitAnswer, LimitId, LimitKind, LimitWish } from './limit-messages.ts';
import type { LimitTerms } from './limit-table.ts';

/** Where more than this waits to leave this process, another question would only take memory. */
const MAX_WAITING_BYTES = 64 * 2 ** 20;
/** A longer key is counted by its hash: what a limit takes of memory is bounded. */
const LONG_KEY = 256;

interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: it is waited for without end. */
  readonly timeoutMs?: number;
}

/** What goes in one message. */
interface Batch {
  readonly id: LimitId;
  readonly terms: LimitTerms;
  readonly asked: Asked[];
  /** How many wait for their answer. */
  left: number;
  /** By which it was asked; `undefined` until it has left. */
  n: number | undefined;
}

/** What this process asks of limits. All that is asked in one turn of the event loop goes in one message. */
export class Limits {
  readonly #here: Here;
  readonly #batches = new Map<string, Batch>();

  constructor(here: Here) {
    this.#here = here;
  }

  async ask(
    id: LimitId,
    terms: LimitTerms,
    [deed, key, ...rest]: LimitWish,
    { signal, timeoutMs = Infinity }: AskOptions,
  ): Promise<LimitAnswer> {
    if (typeof key !== 'string') throw invalidArgType('key', 'a text', key);
    signal?.throwIfAborted();
    if (this.#here.waitingBytes > MAX_WAITING_BYTES) throw busy(id.name);
    return new Promise((resolve, reject) => {
      const batch = this.#batch(id, terms);
      const wish = [deed, shortKey(key), ...rest] as const;
      const asked = new Asked(this.#here, batch, { wish, resolve, reject, signal, timeoutMs });
      batch.asked.push(asked);
      batch.left += 1;
      asked.begin();
    });
  }

  #batch(id: LimitId, terms: LimitTerms): Batch {
    // Two with the same name and other terms have questions of their own.
    const group = `${terms.points} ${terms.perMs} ${id.kind} ${id.name}`;
    const known = this.#batches.get(group);
    if (known) return known;
    const batch: Batch = { id, terms, asked: [], left: 0, n: undefined };
    this.#batches.set(group, batch);
    own.setImmediate(() => {
      this.#batches.delete(group);
      this.#send(batch);
    });
    return batch;
  }

  #send(batch: Batch): void {
    // What was given up before it left is not counted.
    const waiting = batch.asked.filter(({ isOver }) => !isOver);
    if (waiting.length === 0) return;
    const { kind, name } = batch.id;
    const { points, perMs } = batch.terms;
    const body = encodeWishes(waiting.map(({ wish }) => wish));
    batch.n = this.#here.ask({ s: LIMITS, kind, name, points, perMs }, body, (answer) => {
      this.#settle(batch, waiting, answer);
    });
  }

  #settle({ id, terms }: Batch, waiting: readonly Asked[], answer: Incoming | undefined): void {
    const failAll = (error: unknown): void => {
      for (const asked of waiting) asked.giveUp(error);
    };
    if (!answer) {
      failAll(hubLost(`ask for the limit '${id.name}'`));
      return;
    }
    const points = answer.header.get('points');
    if (typeof points === 'number') {
      failAll(limitDiffers(id, terms, { points, perMs: Number(answer.header.get('perMs')) }));
      return;
    }
    answer.whole((body) => {
      let answers: readonly LimitAnswer[];
      try {
        answers = decodeBody(body) as readonly LimitAnswer[];
      } catch (error) {
        failAll(error);
        return;
      }
      for (const [index, asked] of waiting.entries()) {
        asked.answer(answers[index] ?? null);
      }
    });
  }
}

interface AskedTerms extends WaitingTerms {
  readonly wish: LimitWish;
  readonly resolve: (answer: LimitAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** One question of a batch. */
class Asked extends Waiting {
  readonly #here: Here;
  readonly #batch: Batch;
  readonly #terms: AskedTerms;

  constructor(here: Here, batch: Batch, terms: AskedTerms) {
    super(here, terms);
    this.#here = here;
    this.#batch = batch;
    this.#terms = terms;
  }

  get wish(): LimitWish {
    return this.#terms.wish;
  }

  answer(answer: LimitAnswer): void {
    if (this.end()) this.#terms.resolve(answer);
  }

  override giveUp(reason: unknown): void {
    if (this.end()) this.#terms.reject(reason);
  }

  protected override timeoutError(): Error {
    return callTimeout(`the limit '${this.#batch.id.name}'`, this.#terms.timeoutMs);
  }

  override end(): boolean {
    const isFirst = super.end();
    if (!isFirst) return false;
    const batch = this.#batch;
    batch.left -= 1;
    if (batch.left === 0 && batch.n !== undefined) this.#here.forget(batch.n);
    return true;
  }
}

function shortKey(key: string): string {
  if (key.length <= LONG_KEY) return key;
  return `sha256:${process.getBuiltinModule('node:crypto').createHash('sha256').update(key).digest('base64')}`;
}

function limitDiffers({ kind, name }: LimitId, asked: LimitTerms, known: LimitTerms): GrappoloError {
  return new GrappoloError(
    'ERR_GRAPPOLO_LIMIT_DIFFERS',
    `Cannot count by the limit '${name}' of ${inWords(kind, asked)}: the cluster has one of this name of ${inWords(kind, known)}. Give the two different names`,
  );
}

/** How many there may be, a store does not say. */
function inWords(kind: LimitKind, { points, perMs }: LimitTerms): string {
  if (kind === 'store') return `${perMs} ms`;
  return `${points} points in ${perMs} ms`;
}

function busy(name: string): GrappoloError {
  return new GrappoloError(
    'ERR_GRAPPOLO_CALLS_PENDING',
    `Cannot ask for the limit '${name}': the primary has more than 64 MiB to read already`,
  );
}
