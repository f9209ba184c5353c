import { compareTerms, type Term } from '../../../packages/fleet/src/protocol/term.ts';

/** A line of the log of candidate.mjs; `kill`: its process was ended meanwhile. */
export type LogLine =
  | {
      readonly type: 'begin' | 'end';
      readonly pid: number;
      readonly ns: string;
      readonly term: Term;
      readonly reason?: string;
    }
  | { readonly type: 'kill'; readonly pid: number; readonly ns: string };

/** One holding of the lease, in ms on the clock of the machine. */
export interface Tenure {
  readonly pid: number;
  readonly term: Term;
  readonly beganMs: number;
  /** `undefined` where it still lasts. */
  readonly endedMs: number | undefined;
  /** `undefined` where its process was killed. */
  readonly reason: string | undefined;
}

interface Tenures {
  /** In the order of their beginnings. */
  readonly tenures: readonly Tenure[];
  /** How often one began while another had neither ended nor died. */
  readonly overlaps: number;
  /** How often one had a term that is not greater than that before. */
  readonly fallen: number;
}

export function tenuresOf(lines: readonly LogLine[]): Tenures {
  const tenures: Tenure[] = [];
  let overlaps = 0;
  let fallen = 0;
  for (const line of lines.toSorted((a, b) => Number(BigInt(a.ns) - BigInt(b.ns)))) {
    const atMs = Number(line.ns) / 1e6;
    const open = tenures.findIndex(({ pid, endedMs }) => pid === line.pid && endedMs === undefined);
    if (line.type === 'begin') {
      const last = tenures.at(-1);
      if (tenures.some(({ endedMs }) => endedMs === undefined)) overlaps += 1;
      if (last && compareTerms(line.term, last.term) <= 0) fallen += 1;
      const { pid, term } = line;
      tenures.push({ pid, term, beganMs: atMs, endedMs: undefined, reason: undefined });
    } else if (tenures[open]) {
      const reason = line.type === 'end' ? line.reason : undefined;
      tenures[open] = { ...tenures[open], endedMs: atMs, reason };
    }
  }
  return { tenures, overlaps, fallen };
}
