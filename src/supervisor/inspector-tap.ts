import type { WorkerOutput } from '../api/supervisor.ts';
import { inspectorStart, isInspectorLine } from '../core/inspector-lines.ts';
import { captureStack } from '../system/hang-stack.ts';
import type { OutputTarget } from './output-target.ts';

/** How long it may take to find out where a worker hangs. */
const CAPTURE_MS = 1300;

/** Passes on a worker's output, and finds in it where the worker's inspector is. */
export class InspectorTap implements OutputTarget {
  readonly #target: OutputTarget;
  readonly #listeners = new Set<(line: string) => void>();
  #url: string | undefined;
  #isDebugged = false;
  #isCapturing = false;

  constructor(target: OutputTarget) {
    this.#target = target;
  }

  /** Whether somebody looks at the worker with a debugger, who may have stopped it. */
  get isDebugged(): boolean {
    return this.#isDebugged;
  }

  onLine(line: WorkerOutput): void {
    if (line.stream === 'stderr') this.#notice(line.line);
    if (!this.#isCapturing || !isInspectorLine(line.line)) this.#target.onLine(line);
  }

  isCongested(): boolean {
    return this.#target.isCongested();
  }

  onceDrained(callback: () => void): void {
    this.#target.onceDrained(callback);
  }

  /** Where the worker's JavaScript is; `undefined` where that cannot be found out. From now on its inspector is not shown. */
  async captureStack(pid: number, signal: AbortSignal): Promise<string | undefined> {
    this.#isCapturing = true;
    const stderrLines = (onLine: (line: string) => void): (() => void) => {
      this.#listeners.add(onLine);
      return () => this.#listeners.delete(onLine);
    };
    return captureStack({ pid, stderrLines, inspectorUrl: this.#url }, { timeoutMs: CAPTURE_MS, signal });
  }

  /** What a worker wrote, without what its inspector did because of a capture. */
  ownLines(lines: readonly string[]): readonly string[] {
    return this.#isCapturing ? lines.filter((line) => !isInspectorLine(line)) : lines;
  }

  #notice(line: string): void {
    const start = inspectorStart(line);
    if (start?.type === 'listening') {
      this.#url = start.url;
      // It also says so when the last debugger has left.
      this.#isDebugged = false;
    }
    if (!this.#isCapturing && line === 'Debugger attached.') this.#isDebugged = true;
    if (line.startsWith('Debugger ending')) this.#isDebugged = false;
    for (const listener of this.#listeners) listener(line);
  }
}
