import type { FleetStatus, Report } from '../api/operations.ts';
import { own } from '../own.ts';
import type { Instance } from './instance.ts';

/** A report, and how old it is. */
export interface Known extends Dated {
  readonly report: Report;
}

interface Dated {
  /** On the clock of `own.now()`: no part of it is older. */
  readonly askedAtMs: number;
}

/** Asks an instance, and lets one answer, or its absence, serve all who ask meanwhile and shortly after. */
export class CachedReports {
  readonly #whole: SharedQuestion<Known>;
  readonly #brief: SharedQuestion<Known>;
  readonly #fleet: SharedQuestion<Dated & { readonly fleet: FleetStatus | undefined }>;

  constructor(instance: Instance, maxAgeMs: number) {
    this.#whole = new SharedQuestion(
      async (askedAtMs) => ({ report: await instance.report(true), askedAtMs }),
      maxAgeMs,
    );
    this.#brief = new SharedQuestion(
      async (askedAtMs) => ({ report: await instance.report(false), askedAtMs }),
      maxAgeMs,
    );
    this.#fleet = new SharedQuestion(
      async (askedAtMs) => ({ fleet: await instance.fleet(), askedAtMs }),
      maxAgeMs,
    );
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

  /** `undefined` where there is none. Rejected where the primary does not answer. */
  async fleet(): Promise<FleetStatus | undefined> {
    // One of an older version does not know the question.
    const { report } = await this.brief();
    return report.isInFleet === true ? (await this.#fleet.ask()).fleet : undefined;
  }

  /** What there was last, the whole before the brief. */
  get last(): Known | undefined {
    return this.#whole.last ?? this.#brief.last;
  }

  /** Something has happened that what is known, or is being asked, may not tell of. */
  forget(): void {
    this.#whole.forget();
    this.#brief.forget();
    this.#fleet.forget();
  }
}

interface Asked<Answer> {
  readonly askedAtMs: number;
  readonly answer: Promise<Answer>;
  isOver: boolean;
}

class SharedQuestion<Answer extends Dated> {
  last: Answer | undefined;
  readonly #question: (askedAtMs: number) => Promise<Answer>;
  readonly #maxAgeMs: number;
  #asked: Asked<Answer> | undefined;

  constructor(question: (askedAtMs: number) => Promise<Answer>, maxAgeMs: number) {
    this.#question = question;
    this.#maxAgeMs = maxAgeMs;
  }

  ask(): Promise<Answer> {
    const asked = this.#asked;
    if (asked?.isOver && own.now() - asked.askedAtMs <= this.#maxAgeMs) return asked.answer;
    return this.askAnew();
  }

  /** Who asks while a question is under way gets its answer. */
  askAnew(): Promise<Answer> {
    if (this.#asked && !this.#asked.isOver) return this.#asked.answer;
    const askedAtMs = own.now();
    const asked: Asked<Answer> = { askedAtMs, answer: this.#answer(askedAtMs), isOver: false };
    this.#asked = asked;
    const end = (): void => void (asked.isOver = true);
    asked.answer.then(end, end);
    return asked.answer;
  }

  forget(): void {
    this.#asked = undefined;
  }

  async #answer(askedAtMs: number): Promise<Answer> {
    const answer = await this.#question(askedAtMs);
    if (!this.last || this.last.askedAtMs <= askedAtMs) this.last = answer;
    return answer;
  }
}
