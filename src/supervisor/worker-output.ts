import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

import type { WorkerName, WorkerOutput } from '../api/supervisor.ts';
import { own, throwLater } from '../own.ts';
import { LineSplitter, RecentLines } from './output-lines.ts';
import type { OutputTarget } from './output-target.ts';

/** How long pipes are read after the worker's end: a process that it left behind may hold them open for ever. */
const LEFT_MS = 200;
/** How much is read after it at most, in bytes: no pipe holds more. */
const MAX_LEFT = 1_048_576;

type StreamName = WorkerOutput['stream'];

/** Reads the pipes of one worker, as fast as the target takes its lines. */
export class WorkerOutputReader {
  /** Fulfilled when nothing more comes: soon after the worker's end. */
  readonly finished: Promise<void>;
  readonly #child: ChildProcess;
  readonly #place: Pick<WorkerName, 'slot' | 'generation'>;
  readonly #target: OutputTarget;
  readonly #pipes: Readable[] = [];
  readonly #recent = new RecentLines();
  #hasEnded = false;
  #left = MAX_LEFT;
  #isWaiting = false;

  constructor(child: ChildProcess, place: Pick<WorkerName, 'slot' | 'generation'>, target: OutputTarget) {
    this.#child = child;
    this.#place = place;
    this.#target = target;
    this.finished = this.#readBoth();
    child.once('exit', () => this.#onExit());
    if (child.exitCode !== null || child.signalCode !== null) this.#onExit();
  }

  /** The last lines on stderr. */
  get recentErrors(): readonly string[] {
    return this.#recent.lines;
  }

  async #readBoth(): Promise<void> {
    await Promise.all([this.#read('stdout'), this.#read('stderr')]);
  }

  /** Fulfilled when this pipe is closed; a process that could not be started may have none. */
  async #read(stream: StreamName): Promise<void> {
    const pipe = this.#child[stream] as Readable | null | undefined;
    if (!pipe || pipe.destroyed) return;
    const splitter = new LineSplitter();
    this.#pipes.push(pipe);
    pipe.on('data', (chunk: Buffer) => this.#onChunk(stream, splitter, chunk));
    // Whatever went wrong, 'close' follows.
    pipe.on('error', () => {});
    await new Promise<void>((resolve) => {
      pipe.once('close', () => {
        this.#pass(stream, splitter.end());
        resolve();
      });
    });
  }

  #onChunk(stream: StreamName, splitter: LineSplitter, chunk: Buffer): void {
    this.#pass(stream, splitter.write(chunk));
    if (!this.#hasEnded) {
      this.#waitWhileCongested();
      return;
    }
    this.#left -= chunk.length;
    if (this.#left <= 0) this.#close();
  }

  #pass(stream: StreamName, lines: readonly string[]): void {
    for (const line of lines) {
      if (stream === 'stderr') this.#recent.add(line);
      try {
        const { slot, generation } = this.#place;
        this.#target.onLine({ slot, pid: this.#child.pid, generation, stream, line });
      } catch (error) {
        // As an error that nobody caught, but once all lines are passed on.
        throwLater(error);
      }
    }
  }

  #waitWhileCongested(): void {
    if (this.#isWaiting || !this.#target.isCongested()) return;
    this.#isWaiting = true;
    for (const pipe of this.#pipes) pipe.pause();
    this.#target.onceDrained(() => {
      this.#isWaiting = false;
      for (const pipe of this.#pipes) pipe.resume();
    });
  }

  #onExit(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    // It can write no more: what is left is little, and may say why it ended.
    for (const pipe of this.#pipes) pipe.resume();
    const timer = own.setTimeout(() => {
      // After a long turn of the event loop timers come first: what has arrived meanwhile is still to be read.
      own.setImmediate(() => this.#close());
    }, LEFT_MS);
    void this.finished.then(() => own.clearTimeout(timer));
  }

  #close(): void {
    for (const pipe of this.#pipes) pipe.destroy();
  }
}
