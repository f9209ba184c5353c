import { inCleanContext } from '../../system/own-context.ts';
import { decodeBody, encodeArguments, encodeBody } from '../body.ts';
import { decodeThrown, encodeThrown } from '../error-record.ts';
import type { Body } from '../frames.ts';
import type { HeaderStart } from '../header.ts';
import { hubLost } from '../here.ts';
import type { Here } from '../here.ts';
import type { Incoming } from '../incoming.ts';
import { keyIfLarge } from '../outbox.ts';
import type { SendOptions } from '../outbox.ts';
import { Waiting } from '../waiting.ts';
import { callTimeout, refused } from './call-errors.ts';
import { CALLS, isRefusal } from './call-messages.ts';
import type { CallContext, Methods } from './contract.ts';

/** Where more than this waits to leave this process, another call would only take memory. */
const MAX_WAITING_BYTES = 64 * 2 ** 20;

/** A call, or one question to several. */
export interface Question {
  /** Of the method, as errors have it. */
  readonly name: string;
  readonly header: HeaderStart;
  readonly args: readonly unknown[];
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** Who hears of it; nothing more after `onFailed`, or after `onAnswer` gave true: that was the last. */
export interface Asker {
  onAnswer(answer: Answer): boolean;
  /** Ids and slots of those that are asked. */
  onMembers?(members: readonly (readonly [id: number, slot: number])[]): void;
  onFailed(error: unknown): void;
}

/** What one process has to say, or why it has not. */
export type Answer = { readonly id: number | undefined } & (
  { readonly value: unknown } | { readonly error: unknown }
);

/** The calls of this process, and those to it. */
export class Calls {
  readonly #here: Here;
  readonly #served = new Map<string, Methods>();
  readonly #running = new Map<number, Running>();
  #onIdle: (() => void) | undefined;
  #lastKey = 0;

  constructor(here: Here) {
    this.#here = here;
    here.receive(CALLS, (incoming) => this.#receive(incoming));
    here.beforeLeaving(async () => this.#idle());
    here.onceLost(() => {
      for (const running of this.#running.values()) running.abort(hubLost('answer'));
    });
  }

  serves(api: string): boolean {
    return this.#served.has(api);
  }

  serve(api: string, methods: Methods): void {
    this.#served.set(api, methods);
    this.#here.send({ s: CALLS, t: 'serve', api });
  }

  unserve(api: string): void {
    if (this.#served.delete(api)) this.#here.send({ s: CALLS, t: 'unserve', api });
  }

  /** Gives what ends it without a word to its asker. */
  ask(question: Question, asker: Asker): () => void {
    const { name, header, args, signal } = question;
    signal?.throwIfAborted();
    if (this.#here.waitingBytes > MAX_WAITING_BYTES) throw refused('busy', name, { id: 0 });
    const body = encodeArguments(args);
    const asked = new Asked(this.#here, question, asker);
    asked.send(header, body, keyIfLarge(body, 'call', this.#nextKey()));
    // It is on its way: what is done now costs no time.
    asked.begin();
    return () => asked.cancel();
  }

  #nextKey(): number {
    this.#lastKey += 1;
    return this.#lastKey;
  }

  #receive(incoming: Incoming): void {
    const type = incoming.header.get('t');
    const c = incoming.header.get('c');
    if (typeof c !== 'number') return;
    if (type === 'undo') this.#running.get(c)?.abort(callerGone());
    if (type !== 'do') return;
    const { small } = incoming;
    if (small === undefined) incoming.whole((body, isOwn) => this.#do(c, incoming, body, isOwn));
    else this.#do(c, incoming, small);
  }

  #do(c: number, { header }: Incoming, body: Body, isOwn = false): void {
    const methods = this.#served.get(String(header.get('api')));
    const name = String(header.get('m'));
    const method = methods && ownMethod(methods, name);
    if (!method) {
      this.#here.send({ s: CALLS, t: 'answer', c, fail: methods ? 'no-method' : 'not-served' });
      return;
    }
    const context = new Running(Number(header.get('from')));
    inCleanContext(() => this.#run(c, context, method, body, isOwn));
  }

  /** A method that gives its answer at once needs no promise. */
  #run(c: number, context: Running, method: Methods[string], body: Body, isOwn: boolean): void {
    try {
      const given = method.apply(context, decodeBody(body, isOwn) as unknown[]);
      if (isThenable(given)) void this.#whenSettled(c, context, given);
      else this.#answer(c, given);
    } catch (error) {
      this.#fail(c, error);
    }
  }

  async #whenSettled(c: number, context: Running, given: PromiseLike<unknown>): Promise<void> {
    this.#here.begin();
    this.#running.set(c, context);
    try {
      this.#answer(c, await given);
    } catch (error) {
      this.#fail(c, error);
    } finally {
      this.#here.end();
      this.#running.delete(c);
      if (this.#running.size === 0) this.#onIdle?.();
    }
  }

  #answer(c: number, value: unknown): void {
    const body = encodeBody(value);
    this.#here.send({ s: CALLS, t: 'answer', ok: true, c }, body, keyIfLarge(body, 'answer', c));
  }

  #fail(c: number, error: unknown): void {
    const body = encodeThrown(error);
    this.#here.send({ s: CALLS, t: 'answer', ok: false, c }, body, keyIfLarge(body, 'answer', c));
  }

  async #idle(): Promise<void> {
    if (this.#running.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }
}

/** A question that is under way. */
class Asked extends Waiting {
  readonly #here: Here;
  readonly #question: Question;
  readonly #asker: Asker;
  /** With which it was sent, and what is said of it is sent. */
  #options: SendOptions | undefined;
  #n = 0;

  constructor(here: Here, question: Question, asker: Asker) {
    super(here, question);
    this.#here = here;
    this.#question = question;
    this.#asker = asker;
  }

  send(header: HeaderStart, body: Body, options: SendOptions | undefined): void {
    this.#options = options;
    this.#n = this.#here.ask(header, body, (incoming) => this.#answered(incoming), options);
  }

  /** Without a word to its asker. */
  cancel(): void {
    if (this.isOver) return;
    // Behind the call itself, all of it.
    this.#here.send({ s: CALLS, t: 'cancel', n: this.#n }, undefined, this.#options);
    this.end();
  }

  override end(): boolean {
    const isFirst = super.end();
    if (isFirst) this.#here.forget(this.#n);
    return isFirst;
  }

  override giveUp(reason: unknown): void {
    this.cancel();
    this.#asker.onFailed(reason);
  }

  protected override timeoutError(): Error {
    return callTimeout(this.#question.name, this.#question.timeoutMs);
  }

  #answered(incoming: Incoming | undefined): void {
    const { name } = this.#question;
    if (!incoming) {
      this.end();
      this.#asker.onFailed(hubLost(`call ${name}`));
      return;
    }
    if (incoming.header.get('t') === 'members') {
      this.#asker.onMembers?.(incoming.header.get('members') as [number, number][]);
      return;
    }
    whenAnswered(incoming, name, (answer) => {
      if (!this.isOver && this.#asker.onAnswer(answer)) this.end();
    });
  }
}

/** A call that is being answered, which its method sees as `this`. Its signal is made when it is asked for: most never do. */
class Running implements CallContext {
  readonly callerId: number;
  #controller: AbortController | undefined;
  #reason: Error | undefined;

  constructor(callerId: number) {
    this.callerId = callerId;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

function whenAnswered(incoming: Incoming, name: string, callback: (answer: Answer) => void): void {
  const { header } = incoming;
  const given = header.get('id');
  const fail = header.get('fail');
  const id = typeof given === 'number' ? given : undefined;
  if (isRefusal(fail)) {
    callback({ id, error: refused(fail, name, { id, slot: header.get('slot') }) });
    return;
  }
  incoming.whole((body, isOwn) => {
    callback(readAnswer(id, header.get('ok') === true, body, isOwn));
  });
}

function readAnswer(id: number | undefined, isOk: boolean, body: Body, isOwn: boolean): Answer {
  try {
    const value = decodeBody(body, isOwn);
    return isOk ? { id, value } : { id, error: decodeThrown(value) };
  } catch (error) {
    return { id, error };
  }
}

/** Not what all objects inherit. */
function ownMethod(methods: Methods, name: string): Methods[string] | undefined {
  for (
    let object: unknown = methods;
    typeof object === 'object' && object !== null && object !== Object.prototype;
    object = Object.getPrototypeOf(object)
  ) {
    if (!Object.hasOwn(object, name) || name === 'constructor') continue;
    const method: unknown = Reflect.get(methods, name);
    return typeof method === 'function' ? (method as Methods[string]) : undefined;
  }
  return undefined;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof (value as { readonly then?: unknown }).then === 'function';
}

function callerGone(): Error {
  return new DOMException('The caller does not wait for this any more', 'AbortError');
}
