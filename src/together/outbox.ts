import {
  abortFrame,
  bodyLength,
  firstFrame,
  isSmall,
  nextFrame,
  PIECE_BYTES,
  rawBody,
  streamAfter,
  wholeFrame,
} from './frames.ts';
import type { Body, Frame, RawBody } from './frames.ts';
import type { HeaderSource } from './header.ts';
import type { Way } from './way.ts';

export interface OutboxOptions {
  /** So much may wait of messages that may be dropped, in bytes; each counts for 512 more than it has. Default: 16 MiB. */
  readonly maxDroppableBytes?: number;
}

export interface SendOptions {
  /** Messages of a key stay in order; those of others may come in between. Default: `''`. */
  readonly key?: string;
  /** Called where the message is dropped since too much waits. Default: it is kept, however much waits. */
  readonly onDropped?: () => void;
  /** It leaves when all has that was sent before, of whatever key. Default: false. */
  readonly isAfterAll?: boolean;
}

/** A message that is large, or whose body is not all here, has a key of its own and holds up no other; small ones stay in order. */
export function keyIfLarge(body: Body | undefined, what: string, n: number): SendOptions | undefined {
  return body !== undefined && isSmall(body) ? undefined : { key: `${what}:${n}` };
}

/** A message that is sent piece by piece. */
export interface Stream {
  push(bytes: Buffer, isLast: boolean): void;
  /** The rest of it will not come. */
  abort(): void;
}

const MAX_DROPPABLE_BYTES = 16 * 2 ** 20;
/** What a message takes beside its body, about. */
export const MESSAGE_BYTES = 512;

/**
 * What is to go over a way. As long as that has room, messages leave at once; what waits leaves key by key in turn, a frame each, so
 * that nothing large holds up what is small.
 */
export class Outbox {
  readonly #maxDroppableBytes: number;
  readonly #queues = new Map<Outgoing['key'], Outgoing[]>();
  /** Those that may be dropped and are not begun, the oldest first. */
  readonly #droppable = new Set<Outgoing>();
  #droppableBytes = 0;
  #waitingBytes = 0;
  #way: Way | undefined;
  #hasRoom = false;
  #isClosed = false;
  #lastStream = 0;
  #lastNumber = 0;

  constructor({ maxDroppableBytes = MAX_DROPPABLE_BYTES }: OutboxOptions = {}) {
    this.#maxDroppableBytes = maxDroppableBytes;
  }

  /** What has not left yet, in bytes; each message counts for 512 more than its body has, until it has begun to leave. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Messages leave from now on. */
  open(way: Way): void {
    this.#way = way;
    way.onRoom = () => {
      this.#hasRoom = true;
      this.#pump();
    };
    way.onRoom();
  }

  close(): void {
    this.#isClosed = true;
    this.#way = undefined;
    this.#queues.clear();
    this.#droppable.clear();
    this.#waitingBytes = 0;
    this.#droppableBytes = 0;
  }

  send(header: HeaderSource, body?: Body, options?: SendOptions): void {
    if (this.#isClosed) return;
    if (this.#way && this.#hasRoom && isSmall(body) && this.#queues.size === 0) {
      this.#hasRoom = this.#way.write(wholeFrame(this.#nextStream(), header, body));
      return;
    }
    const outgoing = this.#enqueue(header, body === undefined ? undefined : keptBytes(body), options);
    outgoing.isWhole = true;
    outgoing.totalBytes = bodyLength(body);
    this.#makeRoom();
    this.#pump();
  }

  /** Begins a message whose pieces come later; the first may be there. */
  begin(header: HeaderSource, first: Body, options?: SendOptions, totalBytes = 0): Stream {
    const outgoing = this.#enqueue(header, keptBytes(first), options);
    outgoing.totalBytes = totalBytes;
    this.#makeRoom();
    const add = (bytes: Buffer): void => {
      outgoing.pieces.push(bytes);
      this.#count(outgoing, bytes.length);
    };
    this.#pump();
    return {
      push: (bytes, isLast) => {
        if (this.#isClosed || outgoing.isDropped || outgoing.isAborted) return;
        if (this.#leaves(outgoing, bytes, isLast)) return;
        add(Buffer.from(bytes));
        outgoing.isWhole = isLast;
        this.#makeRoom();
        this.#pump();
      },
      abort: () => {
        if (this.#isClosed) return;
        outgoing.isAborted = true;
        this.#pump();
      },
    };
  }

  /** Sends a piece at once, and so without a copy of it, where nothing waits but its message for it. */
  #leaves({ stream, key, pieces }: Outgoing, bytes: Buffer, isLast: boolean): boolean {
    const isAlone = this.#queues.size === 1 && this.#queues.get(key)?.length === 1;
    const hasTurn = stream > 0 && pieces.length === 0 && isAlone && bytes.length <= PIECE_BYTES;
    if (!hasTurn || !this.#way || !this.#hasRoom) return false;
    if (isLast) this.#queues.delete(key);
    this.#hasRoom = this.#way.write(nextFrame(stream, bytes, isLast));
    return true;
  }

  #nextStream(): number {
    this.#lastStream = streamAfter(this.#lastStream);
    return this.#lastStream;
  }

  #enqueue(header: HeaderSource, body: RawBody | undefined, options: SendOptions = {}): Outgoing {
    const { onDropped, isAfterAll = false } = options;
    this.#lastNumber += 1;
    const key = isAfterAll ? this.#lastNumber : (options.key ?? '');
    const outgoing: Outgoing = {
      number: this.#lastNumber,
      isAfterAll,
      key,
      header,
      isJson: body?.isJson ?? true,
      pieces: body ? [body.bytes] : [],
      waitingBytes: 0,
      totalBytes: 0,
      stream: 0,
      isWhole: false,
      isAborted: false,
      isDropped: false,
      onDropped,
    };
    const queue = this.#queues.get(key);
    if (queue) queue.push(outgoing);
    else this.#queues.set(key, [outgoing]);
    if (onDropped) this.#droppable.add(outgoing);
    this.#count(outgoing, MESSAGE_BYTES + (body?.bytes.length ?? 0));
    return outgoing;
  }

  #count(outgoing: Outgoing, bytes: number): void {
    outgoing.waitingBytes += bytes;
    this.#waitingBytes += bytes;
    if (this.#droppable.has(outgoing)) this.#droppableBytes += bytes;
  }

  /** Drops the oldest of what may be dropped, but never the newest message. */
  #makeRoom(): void {
    for (const oldest of this.#droppable) {
      if (this.#droppableBytes <= this.#maxDroppableBytes || this.#droppable.size === 1) return;
      this.#drop(oldest);
    }
  }

  #drop(outgoing: Outgoing): void {
    outgoing.isDropped = true;
    this.#settle(outgoing);
    this.#waitingBytes -= outgoing.waitingBytes;
    const queue = this.#queues.get(outgoing.key) ?? [];
    queue.splice(queue.indexOf(outgoing), 1);
    if (queue.length === 0) this.#queues.delete(outgoing.key);
    outgoing.onDropped?.();
  }

  /** It can be dropped no more. */
  #settle(outgoing: Outgoing): void {
    if (this.#droppable.delete(outgoing)) this.#droppableBytes -= outgoing.waitingBytes;
  }

  #pump(): void {
    while (this.#hasRoom && this.#way && !this.#isClosed) {
      const frame = this.#nextFrame();
      if (!frame) return;
      this.#hasRoom = this.#way.write(frame);
    }
  }

  /** Of the key whose turn it is, which is the last one afterwards. */
  #nextFrame(): Frame | undefined {
    // One that is gone without a frame may have been all that another has waited for.
    for (let isOneGone = true; isOneGone;) {
      isOneGone = false;
      for (const [key, queue] of this.#queues) {
        const [head] = queue;
        const frame = head && this.#frameOf(head);
        if (!head || (!frame && !head.isOver)) continue;
        this.#queues.delete(key);
        if (head.isOver) queue.shift();
        if (queue.length > 0) this.#queues.set(key, queue);
        if (frame) return frame;
        isOneGone = true;
      }
    }
    return undefined;
  }

  #isNotYet({ isAfterAll, number }: Outgoing): boolean {
    if (!isAfterAll) return false;
    for (const [head] of this.#queues.values()) if (head && head.number < number) return true;
    return false;
  }

  #frameOf(outgoing: Outgoing): Frame | undefined {
    if (outgoing.isAborted) {
      outgoing.isOver = true;
      this.#settle(outgoing);
      this.#waitingBytes -= outgoing.waitingBytes;
      outgoing.waitingBytes = 0;
      return outgoing.stream > 0 ? abortFrame(outgoing.stream) : undefined;
    }
    if (outgoing.stream === 0 && this.#isNotYet(outgoing)) return undefined;
    const piece = nextPiece(outgoing);
    const isEmpty = outgoing.isWhole && outgoing.pieces.length === 0;
    if (!piece && !isEmpty) return undefined;
    this.#settle(outgoing);
    const bytes = (piece?.length ?? 0) + (outgoing.stream === 0 ? MESSAGE_BYTES : 0);
    outgoing.waitingBytes -= bytes;
    this.#waitingBytes -= bytes;
    const isLast = outgoing.isWhole && outgoing.pieces.length === 0;
    outgoing.isOver = isLast;
    const body: RawBody = { isJson: outgoing.isJson, bytes: piece ?? Buffer.alloc(0) };
    if (outgoing.stream > 0) return nextFrame(outgoing.stream, body.bytes, isLast);
    outgoing.stream = this.#nextStream();
    return isLast
      ? wholeFrame(outgoing.stream, outgoing.header, body)
      : firstFrame(outgoing.stream, outgoing.header, body, outgoing.totalBytes);
  }
}

interface Outgoing {
  readonly number: number;
  readonly isAfterAll: boolean;
  /** A number is that of a message which is after all. */
  readonly key: string | number;
  readonly header: HeaderSource;
  readonly isJson: boolean;
  readonly pieces: Buffer[];
  readonly onDropped: (() => void) | undefined;
  waitingBytes: number;
  totalBytes: number;
  /** 0 until its first frame has left. */
  stream: number;
  /** All its pieces are here, or have left. */
  isWhole: boolean;
  isAborted: boolean;
  isDropped: boolean;
  /** Its last frame has left. */
  isOver?: boolean;
}

/** A body as bytes that nobody else writes to: a small one may lie in memory that is read into again. */
function keptBytes(body: Body): RawBody {
  // Of a text they are new; and what is large this process has made itself.
  if (typeof body === 'string' || body.bytes.length > PIECE_BYTES) return rawBody(body);
  return { isJson: body.isJson, bytes: Buffer.from(body.bytes) };
}

/** Takes off as much as fits into a frame. */
function nextPiece({ pieces, isJson }: Outgoing): Buffer | undefined {
  const [first] = pieces;
  if (!first) return undefined;
  if (first.length <= PIECE_BYTES) return pieces.shift();
  const end = isJson ? endOfCharacter(first) : PIECE_BYTES;
  pieces[0] = first.subarray(end);
  return first.subarray(0, end);
}

/** JSON is cut between two characters, which have four bytes at most: its first frame may be taken for text. */
function endOfCharacter(bytes: Buffer): number {
  let end = PIECE_BYTES;
  while (end > PIECE_BYTES - 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}
