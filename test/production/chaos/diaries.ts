import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A worker that took a connection. */
export interface Taking {
  readonly pid: number;
  readonly atMs: number;
}

/** A worker that began to do what it was asked for. */
export interface Deed {
  readonly pid: number;
  readonly deed: string;
  readonly atMs: number;
}

const HARMLESS: readonly string[] = ['/slow', '/held', '/busy'];

/** What the workers of a supervisor have noted of themselves: the connections that they took, and what they did. */
export class Diaries {
  /** But answers that were given at once. */
  readonly deeds: Deed[] = [];
  /** By the client's port: who took a connection from it, and when. */
  readonly #taken = new Map<number, Taking[]>();
  readonly #folder: string;
  readonly #read = new Map<string, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What they did by mistake. */
  get mishaps(): readonly Deed[] {
    return this.deeds.filter(({ deed }) => !HARMLESS.includes(deed));
  }

  /** Reads what has been added. */
  update(): void {
    for (const name of readdirSync(this.#folder)) {
      const text = readFileSync(path.join(this.#folder, name), 'latin1');
      const end = text.lastIndexOf('\n') + 1;
      for (const line of text.slice(this.#read.get(name) ?? 0, end).split('\n'))
        this.#note(Number(name), line);
      this.#read.set(name, end);
    }
  }

  /** Who took a connection from a client's port within a time, one after another. */
  takingsOf(port: number, fromMs: number, untilMs: number): readonly Taking[] {
    return this.#taken.get(port)?.filter(({ atMs }) => atMs >= fromMs && atMs <= untilMs) ?? [];
  }

  #note(pid: number, line: string): void {
    const [what, time] = line.split(' ');
    if (what === undefined || time === undefined) return;
    const atMs = Number(time);
    if (what.startsWith('/')) this.deeds.push({ pid, deed: what, atMs });
    else if (this.#taken.has(Number(what))) this.#taken.get(Number(what))?.push({ pid, atMs });
    else this.#taken.set(Number(what), [{ pid, atMs }]);
  }
}
