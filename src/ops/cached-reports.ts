import type { Report } from '../api/operations.ts';
import { own } from '../own.ts';
import type { Instance } from './instance.ts';

/** A report, and how old it is. */
export interface Known {
  readonly report: Report;
  /** On the clock of `own.now()`: no part of it is older. */
  readonly askedAtMs: number;
}

/** Asks an instance, and lets one answer, or its absence, serve all who ask meanwhile and shortly after. */
export class CachedReports {
  readonly #whole: SharedQuestion;
  readonly #brief: SharedQuestion;

  constructor(instance: Instance, maxAgeMs: number) {
    this.#whole = new SharedQuestion(async () => instance.report(true), maxAgeMs);
    this.#brief = new SharedQuestion(async () => instance.report(false), maxAgeMs);
  }

  /** With what the programs count by themselves. Rejected where the primary does not answer. */
  whole(): Promise<Known> {
    return this.#whole.ask();
  }

  /** Without it, for which no worker is asked. Rejected where the primary does not answer. */
  brief(): Promise<Known> {
    return this.#brief.ask();
  }

  /** Like `brief()`, but never what was known before. */
  news(): Promise<Known> {
    return this.#brief.askAnew();
  }

  /** What there was last, the whole before the brief. */
  get last(): Known | undefined {
    return this.#whole.last ?? this.#brief.last;
  }

  /** Something has happened that what is known, or is being asked, may not tell of. */
  forget(): void {
    this.#whole.forget();
    this.#brief.forget();
  }
}

interface Asked {
  readonly askedAtMs: number;
  readonly answer: Promise<Known>;
  isOver: boolean;
}

class SharedQuestion {
  last: Known | undefined;
  readonly #question: () => Promise<Report>;
  readonly #maxAgeMs: number;
  #asked: Asked | undefined;

  constructor(question: () => Promise<Report>, maxAgeMs: number) {
    this.#question = question;
    this.#maxAgeMs = maxAgeMs;
  }

  ask(): Promise<Known> {
    const asked = this.#asked;
    if (asked?.isOver && own.now() - asked.askedAtMs <= this.#maxAgeMs) return asked.answer;
    return this.askAnew();
  }

  /** Who asks while a question is under way gets its answer. */
  askAnew(): Promise<Known> {
    if (this.#asked && !this.#asked.isOver) return this.#asked.answer;
    const askedAtMs = own.now();
    const asked: Asked = { askedAtMs, answer: this.#answer(askedAtMs), isOver: false };
    this.#asked = asked;
    const end = (): void => void (asked.isOver = true);
    asked.answer.then(end, end);
    return asked.answer;
  }

  forget(): void {
    this.#asked = undefined;
  }

  async #answer(askedAtMs: number): Promise<Known> {
    const known = { report: await this.#question(), askedAtMs };
    if (!this.last || this.last.askedAtMs <= askedAtMs) this.last = known;
    return known;
  }
}
