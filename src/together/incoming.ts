import { MAX_BODY_BYTES } from './body.ts';
import { isSmall, rawBody } from './frames.ts';
import type { Body, Frame } from './frames.ts';
import { readHeader } from './header.ts';
import type { Header, HeaderSource } from './header.ts';
import type { Outbox, SendOptions, Stream } from './outbox.ts';

const NO_BODY: Body = '';
/** What comes in pieces has about that at least. */
const LEAST_BYTES = 128 * 1024;

/** A body that arrives in pieces, put together in memory of its own: of what it is said to have in all, or more where that was wrong. */
class Assembly {
  bytes = 0;
  #memory: Buffer;

  constructor(expectedBytes = 0) {
    this.#memory = Buffer.allocUnsafeSlow(Math.min(Math.max(expectedBytes, LEAST_BYTES), MAX_BODY_BYTES));
  }

  add(piece: Buffer): void {
    const wanted = this.bytes + piece.length;
    if (wanted > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.#memory.length));
      this.#memory.copy(larger, 0, 0, this.bytes);
      this.#memory = larger;
    }
    piece.copy(this.#memory, this.bytes);
    this.bytes = wanted;
  }

  /** Nobody else has it. */
  whole(): Buffer {
    const whole = this.#memory.subarray(0, this.bytes);
    return this.bytes === this.#memory.length ? whole : Buffer.from(whole);
  }
}

/** A message that arrives: its header is here, its body may still be on its way. Whoever is given it says at once what becomes of that. */
export class Incoming {
  readonly header: Header;
  readonly #first: Frame;
  #onPiece: ((bytes: Buffer, isLast: boolean) => void) | undefined;
  #onAborted: (() => void) | undefined;

  constructor(header: Header, first: Frame) {
    this.header = header;
    this.#first = first;
  }

  /** The body, where all of it is here and small. It is valid as long as the frame that brought it. */
  get small(): Body | undefined {
    const { body = NO_BODY, isLast } = this.#first;
    return isLast && isSmall(body) ? body : undefined;
  }

  /**
   * Calls back once the body is here, which is valid until that returns; never, where its sender ends before. `isOwn`: it stays valid, and
   * nobody else has it.
   */
  whole(callback: (body: Body, isOwn: boolean) => void, onTooLarge?: () => void): void {
    const { body = NO_BODY, isLast } = this.#first;
    if (isLast) {
      callback(body, false);
      return;
    }
    const { isJson, bytes: first } = rawBody(body);
    const assembly = new Assembly(this.#first.totalBytes);
    assembly.add(first);
    this.#onPiece = (bytes, isLastPiece) => {
      if (assembly.bytes + bytes.length > MAX_BODY_BYTES) {
        this.#onPiece = undefined;
        onTooLarge?.();
        return;
      }
      assembly.add(bytes);
      if (isLastPiece) callback({ isJson, bytes: assembly.whole() }, true);
    };
  }

  /** Sends it on, piece by piece as it comes. `onAborted`: its sender has ended before it was all here. */
  forward(
    outboxes: readonly Outbox[],
    header: HeaderSource,
    options?: SendOptions | ((outbox: Outbox) => SendOptions),
    onAborted?: () => void,
  ): void {
    const optionsOf = typeof options === 'function' ? options : (): SendOptions | undefined => options;
    const { body = NO_BODY, isLast } = this.#first;
    if (isLast) {
      for (const outbox of outboxes) outbox.send(header, body, optionsOf(outbox));
      return;
    }
    const streams: Stream[] = outboxes.map((outbox) =>
      outbox.begin(header, body, optionsOf(outbox), this.#first.totalBytes),
    );
    this.#onPiece = (bytes, isLastPiece) => {
      for (const stream of streams) stream.push(bytes, isLastPiece);
    };
    this.#onAborted = () => {
      for (const stream of streams) stream.abort();
      onAborted?.();
    };
  }

  /** A later frame of it. */
  add({ body, isLast, isAborted }: Frame): void {
    if (isAborted) this.abort();
    else this.#onPiece?.(rawBody(body ?? NO_BODY).bytes, isLast);
  }

  abort(): void {
    this.#onPiece = undefined;
    this.#onAborted?.();
    this.#onAborted = undefined;
  }
}

/** Makes messages of the frames that arrive over a way. */
export class IncomingReader {
  readonly #onIncoming: (incoming: Incoming) => void;
  readonly #onGarbage: () => void;
  readonly #unfinished = new Map<number, Incoming>();
  #isOver = false;

  /** `onGarbage`: what has come is none of ours, and nothing is given any more. */
  constructor(onIncoming: (incoming: Incoming) => void, onGarbage: () => void) {
    this.#onIncoming = onIncoming;
    this.#onGarbage = onGarbage;
  }

  take(frame: Frame): void {
    if (this.#isOver) return;
    if (frame.header === undefined) {
      this.#unfinished.get(frame.stream)?.add(frame);
      if (frame.isLast) this.#unfinished.delete(frame.stream);
      return;
    }
    const header = readHeader(frame.header);
    if (!header) {
      this.#isOver = true;
      this.#onGarbage();
      return;
    }
    const incoming = new Incoming(header, frame);
    if (!frame.isLast) this.#unfinished.set(frame.stream, incoming);
    this.#onIncoming(incoming);
  }

  /** Nothing comes any more. */
  end(): void {
    for (const incoming of this.#unfinished.values()) incoming.abort();
    this.#unfinished.clear();
  }
}
