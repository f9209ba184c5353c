import type { Here } from '../here.ts';
import type { Incoming } from '../incoming.ts';
import { Candidacy } from './candidacy.ts';
import type { Done, TurnTaker } from './candidacy.ts';
import type { Until } from './fleet-once-table.ts';
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
      const done = await new Candidacy(process, { kind: 'fleet', name }, new FleetTaker(name, job)).run(
        signal,
      );
      if (done) return done.value;
    }
  } finally {
    letGo();
  }
}

class FleetTaker<T> implements TurnTaker<T> {
  readonly #job: (turn: FleetTurn) => Promise<T>;
  readonly #tenure: Tenure;
  #term = '';

  constructor(name: string, job: (turn: FleetTurn) => Promise<T>) {
    this.#job = job;
    this.#tenure = new Tenure(name);
  }

  get ending(): AbortController {
    return this.#tenure.ending;
  }

  begin(answer: Incoming): void {
    this.#term = String(answer.header.get('term'));
    this.#tenure.hold(untilOf(answer));
  }

  hear(answer: Incoming): void {
    const { header } = answer;
    const is = header.get('is');
    if (is === 'lost') this.#tenure.lose(String(header.get('reason')));
    else if (is === 'renew' && !this.#tenure.isLost) this.#tenure.hold(untilOf(answer));
  }

  async work(candidacy: Candidacy<T>): Promise<Done<T> | undefined> {
    const tenure = this.#tenure;
    // It was told too late, and is over.
    if (tenure.isLost) return undefined;
    const turn: FleetTurn = {
      signal: tenure.ending.signal,
      term: this.#term,
      get isHeld() {
        return tenure.isHeld;
      },
    };
    try {
      const value = await this.#job(turn);
      candidacy.done(value);
      return tenure.isLost ? undefined : { value };
    } catch (error) {
      if (tenure.isLost && isAbort(error)) return undefined;
      throw error;
    } finally {
      tenure.stop();
    }
  }
}

function untilOf({ header }: Incoming): Until {
  return { untilMs: Number(header.get('untilMs')), wallUntilMs: Number(header.get('wallUntilMs')) };
}

/** As what is given the signal of a turn fails when that is aborted. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
