import { own } from '../own.ts';

/** What the two sides of a channel say of the handles on it. */
export type HandleMessage =
  /** Please say whether a handle came right before this; `seq` comes back. */
  | { readonly act: 'handle-sent'; readonly seq: number }
  | { readonly act: 'handle-came'; readonly ack: number; readonly hasCome: boolean };

/** So long a process that had no descriptor for a handle is left alone: it has room again when connections of its have ended, which nobody tells. */
export const ROOM_AGAIN_MS = 500;

interface InsistTerms {
  readonly isWanted?: () => boolean;
  /** Called once: the handle may be closed. */
  readonly onOver?: () => void;
}

type Send<M, H> = (message: M | HandleMessage, handle?: H, onSent?: () => void) => void;

/**
 * Sends messages with a handle beside them, and says of each whether it has arrived. Node drops a message whose handle does not, as
 * where the other process is out of descriptors, and tells nobody. But it keeps the order: of whoever is asked right behind the
 * message, and has seen no handle, it was dropped.
 */
export class HandlePost<M extends object, H> {
  readonly #send: Send<M, H>;
  readonly #waiting = new Map<number, (hasCome: boolean) => void>();
  #lastSeq = 0;
  #hasCome = false;
  #isClosed = false;

  constructor(send: Send<M, H>) {
    this.#send = send;
  }

  /** `onAnswer` is called once. The handle may be closed then, and not before. */
  send(message: M, handle: H, onAnswer: (hasCome: boolean) => void): void {
    if (this.#isClosed) {
      own.nextTick(onAnswer, false);
      return;
    }
    this.#lastSeq += 1;
    this.#waiting.set(this.#lastSeq, onAnswer);
    this.#send(message, handle);
    this.#sendPast({ act: 'handle-sent', seq: this.#lastSeq });
  }

  /** The same again and again until it has arrived, or is not wanted any more. */
  insist(message: M, handle: H, terms: InsistTerms): void {
    const { isWanted, onOver } = terms;
    this.send(message, handle, (hasCome) => {
      if (hasCome || this.#isClosed) onOver?.();
      else
        own
          .setTimeout(() => {
            if (isWanted?.() ?? true) this.insist(message, handle, terms);
            else onOver?.();
          }, ROOM_AGAIN_MS)
          .unref();
    });
  }

  /** A message of the other side's post has arrived, with its handle. */
  came(): void {
    this.#hasCome = true;
  }

  receive(message: HandleMessage): void {
    if (message.act === 'handle-sent') {
      this.#sendPast({ act: 'handle-came', ack: message.seq, hasCome: this.#hasCome });
      this.#hasCome = false;
      return;
    }
    const onAnswer = this.#waiting.get(message.ack);
    this.#waiting.delete(message.ack);
    onAnswer?.(message.hasCome);
  }

  /** Past the program's own `send()`, which might change the order, or leave it out: so is sent what somebody hears the leaving of. */
  #sendPast(message: HandleMessage): void {
    this.#send(message, undefined, () => {});
  }

  /** Nothing is answered any more. */
  close(): void {
    this.#isClosed = true;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const onAnswer of waiting) onAnswer(false);
  }
}
