import { encodeFrame, FrameReader, rawBody } from '../../../src/together/frames.ts';
import type { Frame } from '../../../src/together/frames.ts';
import { headerText } from '../../../src/together/header.ts';
import type { Way } from '../../../src/together/way.ts';

/** A frame that has been written, and what its message is by then. */
export interface Written extends Pick<Frame, 'stream' | 'isLast' | 'isAborted'> {
  readonly isFirst: boolean;
  /** Of its message. */
  readonly header: string;
  readonly bytes: Buffer;
}

/** A way that has as much room as a test gives it, in frames; where it has none, a write is a fault of the writer's. */
export class PlayedWay implements Way {
  onFrame: Way['onFrame'];
  onRoom: (() => void) | undefined;
  onEnd: (() => void) | undefined;
  readonly written: Written[] = [];
  isClosed = false;
  references: ('ref' | 'unref')[] = [];
  #room: number;
  readonly #headers = new Map<number, string>();
  readonly #reader: FrameReader;

  constructor(room = Infinity) {
    this.#room = room;
    this.#reader = new FrameReader(
      (frame) => this.#take(frame),
      () => {
        throw new Error('what was written is no frame');
      },
    );
  }

  /** Of the messages that are there whole, in the order in which they became that: header and body. */
  get messages(): { readonly header: string; readonly body: string }[] {
    const bodies = new Map<number, Buffer[]>();
    const messages: { header: string; body: string }[] = [];
    for (const { stream, isFirst, isLast, isAborted, header, bytes } of this.written) {
      if (isFirst) bodies.set(stream, []);
      bodies.get(stream)?.push(bytes);
      if (isLast && !isAborted)
        messages.push({ header, body: Buffer.concat(bodies.get(stream) ?? []).toString() });
    }
    return messages;
  }

  write(frame: Frame): boolean {
    if (this.#room <= 0) throw new Error('written without room');
    this.#room -= 1;
    this.#reader.push(encodeFrame(frame));
    return this.#room > 0;
  }

  giveRoom(frames: number): void {
    const isFull = this.#room === 0;
    this.#room += frames;
    if (isFull && frames > 0) this.onRoom?.();
  }

  close(): void {
    this.isClosed = true;
  }

  ref(): void {
    this.references.push('ref');
  }

  unref(): void {
    this.references.push('unref');
  }

  #take({ stream, header, body = '', isLast, isAborted }: Frame): void {
    if (header !== undefined) this.#headers.set(stream, headerText(header));
    this.written.push({
      stream,
      isFirst: header !== undefined,
      isLast,
      isAborted,
      header: this.#headers.get(stream) ?? '',
      bytes: Buffer.from(rawBody(body).bytes),
    });
  }
}
