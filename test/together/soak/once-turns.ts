import { readFileSync } from 'node:fs';

/** One turn of a job, as its log has it: ms on the clock of the machine. */
interface Turn {
  readonly term: number;
  readonly pid: number;
  readonly beganMs: number;
  /** `undefined` where its process was killed. */
  readonly endedMs: number | undefined;
}

interface Turns {
  readonly turns: readonly Turn[];
  /** How often one began while another had neither ended nor died, or with a term that is not greater. */
  readonly wrong: number;
  /** From the end of one to the beginning of the next, where it ended by itself. */
  readonly handOversMs: readonly number[];
  /** From a kill to the beginning of the next. */
  readonly takeOversMs: readonly number[];
}

/** What the log of once-worker.mjs and once-cluster.mjs tells: lines of begin, end and kill, in the order of what happened. */
export function turnsOf(file: string): Turns {
  const turns: Turn[] = [];
  const handOversMs: number[] = [];
  const takeOversMs: number[] = [];
  let wrong = 0;
  let last: Turn | undefined;
  let killedMs: number | undefined;
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const events = lines.map((line) => {
    const [type = '', term, pid, ns] = line.split(' ');
    return { type, term: Number(term), pid: Number(pid), atMs: Number(ns) / 1e6 };
  });
  for (const { type, term, pid, atMs } of events.toSorted((one, other) => one.atMs - other.atMs)) {
    if (type === 'kill') killedMs = atMs;
    else if (type === 'end') {
      last = turns.pop();
      if (last?.term !== term) wrong += 1;
      last = { term, pid, beganMs: last?.beganMs ?? NaN, endedMs: atMs };
      turns.push(last);
    } else {
      if (last && term <= last.term) wrong += 1;
      if (last?.endedMs !== undefined) handOversMs.push(atMs - last.endedMs);
      else if (killedMs !== undefined) takeOversMs.push(atMs - killedMs);
      else if (last) wrong += 1;
      killedMs = undefined;
      last = { term, pid, beganMs: atMs, endedMs: undefined };
      turns.push(last);
    }
  }
  return { turns, wrong, handOversMs, takeOversMs };
}
