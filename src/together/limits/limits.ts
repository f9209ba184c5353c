import { GrappoloError, invalidArgType } from '../../core/errors.ts';
import { own } from '../../own.ts';
import { decodeBody } from '../body.ts';
import { callTimeout } from '../calls/call-errors.ts';
import { Deadlines } from '../calls/deadlines.ts';
import type { Deadline } from '../calls/deadlines.ts';
import { hubLost } from '../here.ts';
import type { Here } from '../here.ts';
import type { Incoming } from '../incoming.ts';
import { encodeWishes, LIMITS } from './limit-messages.ts';
import type { LimitAnswer, LimitId, LimitKind, LimitWish } from './limit-messages.ts';
import type { LimitTerms } from './limit-table.ts';

/** Where more than this waits to leave this process, another question would only take memory. */
const MAX_WAITING_BYTES = 64 * 2 ** 20;
/** A longer key is counted by its hash: what a limit takes of memory is bounded. */
const LONG_KEY = 256;

interface Asked {
  readonly id: LimitId;
  readonly wish: LimitWish;
  readonly resolve: (answer: LimitAnswer) => void;
  readonly reject: (error: unknown) => void;
  readonly timeoutMs: number;
  /** Nobody waits for the answer any more. */
  isOver: boolean;
  deadline: Deadline<Asked> | undefined;
}

interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: it is waited for without end. */
  readonly timeoutMs?: number;
}

interface Batch {
  readonly id: LimitId;
  readonly terms: LimitTerms;
  readonly asked: Asked[];
}

/** What this process asks of limits. All that is asked in one turn of the event loop goes in one message. */
export class Limits {
  readonly #here: Here;
  readonly #batches = new Map<string, Batch>();
  readonly #deadlines = new Deadlines<Asked>((asked) => {
    asked.isOver = true;
    asked.reject(callTimeout(`the limit '${asked.id.name}'`, asked.timeoutMs));
  });

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
      const wish = [deed, shortKey(key), ...rest] as const;
      const asked: Asked = { id, wish, resolve, reject, timeoutMs, isOver: false, deadline: undefined };
      if (signal) endBy(signal, asked);
      asked.deadline = this.#deadlines.add(asked, timeoutMs);
      this.#batch(id, terms).asked.push(asked);
    });
  }

  #batch(id: LimitId, terms: LimitTerms): Batch {
    // Two with the same name and other terms have questions of their own.
    const group = `${terms.points} ${terms.perMs} ${id.kind} ${id.name}`;
    const known = this.#batches.get(group);
    if (known) return known;
    const batch: Batch = { id, terms, asked: [] };
    this.#batches.set(group, batch);
    own.setImmediate(() => {
      this.#batches.delete(group);
      this.#send(batch);
    });
    return batch;
  }

  #send({ id, terms, asked }: Batch): void {
    // What was given up before it left is not counted.
    const waiting = asked.filter(({ isOver }) => !isOver);
    if (waiting.length === 0) return;
    const release = this.#here.hold();
    const body = encodeWishes(waiting.map(({ wish }) => wish));
    const { kind, name } = id;
    const { points, perMs } = terms;
    const n = this.#here.ask({ s: LIMITS, kind, name, points, perMs }, body, (answer) => {
      settle(waiting, id, terms, answer, () => {
        this.#here.forget(n);
        release();
        for (const each of waiting) this.#deadlines.delete(each.deadline);
      });
    });
  }
}

function endBy(signal: AbortSignal, asked: Asked): void {
  const onAbort = (): void => {
    asked.isOver = true;
    asked.reject(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const { resolve, reject } = asked;
  const ended = (): void => signal.removeEventListener('abort', onAbort);
  Object.assign(asked, {
    resolve: (answer: LimitAnswer) => {
      ended();
      resolve(answer);
    },
    reject: (error: unknown) => {
      ended();
      reject(error);
    },
  });
}

function settle(
  asked: readonly Asked[],
  id: LimitId,
  terms: LimitTerms,
  answer: Incoming | undefined,
  onSettled: () => void,
): void {
  const fail = (error: unknown): void => {
    onSettled();
    for (const { reject } of asked) reject(error);
  };
  if (!answer) {
    fail(hubLost(`ask for the limit '${id.name}'`));
    return;
  }
  const points = answer.header.get('points');
  if (typeof points === 'number') {
    fail(limitDiffers(id, terms, { points, perMs: Number(answer.header.get('perMs')) }));
    return;
  }
  answer.whole((body) => {
    onSettled();
    const answers = decodeBody(body) as readonly LimitAnswer[];
    for (const [index, { resolve }] of asked.entries()) resolve(answers[index] ?? null);
  });
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
