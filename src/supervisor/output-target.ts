import type { Writable } from 'node:stream';

import type { WorkerOutput } from '../api/supervisor.ts';

/** Where the output of all workers goes. */
export interface OutputTarget {
  onLine(line: WorkerOutput): void;
  /** Whether it has more than it can pass on for now. */
  isCongested(): boolean;
  /** Calls back when it is not congested any more. */
  onceDrained(callback: () => void): void;
}

export interface OwnStreams {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** Streams whose reader has gone. Node's own stdout then says for ever that it waits for that. */
const closed = new WeakSet<Writable>();
const watched = new WeakSet<Writable>();

function watch(stream: Writable): void {
  if (watched.has(stream)) return;
  watched.add(stream);
  stream.prependOnceListener('close', () => closed.add(stream));
}

/**
 * Lines go to a callback or, without one, to the same stream of this process. Whoever has a callback is likely to write
 * to these streams as well: they say in both cases when there is too much.
 */
export class StreamTarget implements OutputTarget {
  readonly #streams: OwnStreams;
  readonly #onLine: (line: WorkerOutput) => void;
  readonly #waiting = new Set<() => void>();

  constructor(streams: OwnStreams, onLine: ((line: WorkerOutput) => void) | undefined) {
    this.#streams = streams;
    watch(streams.stdout);
    watch(streams.stderr);
    this.#onLine = onLine ?? (({ stream, line }) => void streams[stream].write(`${line}\n`));
  }

  onLine(line: WorkerOutput): void {
    this.#onLine(line);
  }

  isCongested(): boolean {
    const { stdout, stderr } = this.#streams;
    return [stdout, stderr].some((stream) => stream.writableNeedDrain && !closed.has(stream));
  }

  onceDrained(callback: () => void): void {
    if (this.#waiting.size === 0) this.#listen('on');
    this.#waiting.add(callback);
    this.#look();
  }

  readonly #look = (): void => {
    if (this.isCongested()) return;
    this.#listen('off');
    const callbacks = [...this.#waiting];
    this.#waiting.clear();
    for (const callback of callbacks) callback();
  };

  /** A stream that has closed is congested no more. */
  #listen(way: 'on' | 'off'): void {
    const { stdout, stderr } = this.#streams;
    for (const stream of new Set([stdout, stderr]))
      stream[way]('drain', this.#look)[way]('close', this.#look);
  }
}
