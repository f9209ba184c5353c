import { decodeBody } from '../body.ts';
import { notInFleet } from '../fleet/scope.ts';
import type { Body } from '../frames.ts';
import { hubLost } from '../here.ts';
import type { Here } from '../here.ts';
import type { Incoming } from '../incoming.ts';
import type { Until } from './fleet-once-table.ts';
import { ONCE } from './once-service.ts';
import { aboutToLeave, bodyOf, RunningJobs } from './running-jobs.ts';
import { Tenure } from './tenure.ts';

/** What a job of the fleet is told by whoever has it done. */
export interface FleetTurn {
  /**
   * Aborted when the job is to come to its end: this host holds the lease no more, at the latest 6.7 s after the last renewal, by this
   * process's own clock; this process is about to leave, the caller's own signal was aborted, or the primary is gone. On another host
   * the job may begin 10 s after that renewal, ended here or not.
   */
  readonly signal: AbortSignal;
  /** Whether it is still its turn, at this moment: to be asked before each deed, since a process may have slept past the end. */
  readonly isHeld: boolean;
  /**
   * A fencing token: as text greater than that of every holder before of this job, on whatever host. For databases and the like, which
   * refuse what comes with a smaller one than they have seen.
   */
  readonly term: string;
}

/** Takes turns with other hosts until the job comes to its end by itself. */
export async function takeFleetTurns<T>(
  process: Here,
  name: string,
  signal: AbortSignal | undefined,
  job: (turn: FleetTurn) => Promise<T>,
): Promise<T | undefined> {
  const letGo = process.holdWhileStaying();
  try {
    for (;;) {
      signal?.throwIfAborted();
      // oxlint-disable-next-line no-await-in-loop -- one turn after the other
      const outcome = await new Candidacy(process, name, job).run(signal);
      if (outcome) return outcome.value;
    }
  } finally {
    letGo();
  }
}

interface Begun {
  readonly term: string;
}

interface Ended<T> {
  readonly value: T | undefined;
}

/** Waits for one turn, and takes it. */
class Candidacy<T> {
  readonly #here: Here;
  readonly #name: string;
  readonly #job: (turn: FleetTurn) => Promise<T>;
  readonly #tenure: Tenure;
  #n = 0;
  #hasBegun = false;
  #giveUp: ((reason: unknown) => void) | undefined;

  constructor(process: Here, name: string, job: (turn: FleetTurn) => Promise<T>) {
    this.#here = process;
    this.#name = name;
    this.#job = job;
    this.#tenure = new Tenure(name);
  }

  /** `undefined` where the turn was lost: the next one is to be waited for. */
  async run(signal: AbortSignal | undefined): Promise<Ended<T> | undefined> {
    const { ending } = this.#tenure;
    const onAbort = (): void => {
      ending.abort(signal?.reason);
      if (!this.#hasBegun) this.#giveUp?.(signal?.reason);
    };
    try {
      const begun = await new Promise<Begun | Ended<T>>((resolve, reject) => {
        this.#giveUp = reject;
        signal?.addEventListener('abort', onAbort, { once: true });
        this.#n = this.#here.ask(this.#header('apply'), undefined, (answer) =>
          this.#hear(answer, resolve, reject),
        );
      });
      return 'value' in begun ? begun : await this.#do(begun);
    } finally {
      this.#tenure.stop();
      this.#here.forget(this.#n);
      // Whatever it was, it is no more.
      this.#say('withdraw');
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #hear(
    answer: Incoming | undefined,
    resolve: (begun: Begun | Ended<T>) => void,
    reject: (error: unknown) => void,
  ): void {
    const tenure = this.#tenure;
    if (!answer) {
      const lost = hubLost(`go on with the job '${this.#name}'`);
      tenure.ending.abort(lost);
      reject(lost);
      return;
    }
    const { header } = answer;
    switch (header.get('is')) {
      case 'begin':
        this.#hasBegun = true;
        tenure.hold(untilOf(answer));
        resolve({ term: String(header.get('term')) });
        return;
      case 'renew':
        if (!tenure.isLost) tenure.hold(untilOf(answer));
        return;
      case 'lost':
        tenure.lose(String(header.get('reason')));
        return;
      case 'hand-over':
        tenure.ending.abort(aboutToLeave());
        return;
      case 'done':
        answer.whole((body) => resolve({ value: decodeBody(body) as T }));
        return;
      case 'refused':
        reject(notInFleet(`do the job '${this.#name}'`));
        return;
      default:
        resolve({ value: undefined });
    }
  }

  async #do({ term }: Begun): Promise<Ended<T> | undefined> {
    const tenure = this.#tenure;
    const { signal } = tenure.ending;
    // It was told too late, and is over.
    if (tenure.isLost) return undefined;
    const turn: FleetTurn = {
      signal,
      term,
      get isHeld() {
        return tenure.isHeld;
      },
    };
    try {
      const value = await this.#here.service(RunningJobs).track(this.#job(turn));
      // One that was told to end has not done its work.
      if (!signal.aborted) this.#say('done', bodyOf(value));
      return tenure.isLost ? undefined : { value };
    } catch (error) {
      if (tenure.isLost && isAbort(error)) return undefined;
      throw error;
    }
  }

  #say(type: 'withdraw' | 'done', body?: Body): void {
    this.#here.send({ ...this.#header(type), n: this.#n }, body);
  }

  #header(type: 'apply' | 'withdraw' | 'done') {
    return { s: ONCE, scope: 'fleet', t: type, name: this.#name };
  }
}

function untilOf({ header }: Incoming): Until {
  return { untilMs: Number(header.get('untilMs')), wallUntilMs: Number(header.get('wallUntilMs')) };
}

/** As what is given the signal of a turn fails when that is aborted. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
