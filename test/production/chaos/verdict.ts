import { limitMs } from '../../support/limits.ts';
import type { Exchange, Failure } from '../../support/load.ts';
import { nameOf } from './chronicle.ts';
import type { Life } from './chronicle.ts';
import type { Taking } from './diaries.ts';

/** Everything that was seen. Times are by the clock on the wall, in ms, but those of exchanges: they are of the load. */
export interface Evidence {
  readonly lives: readonly Life[];
  /** By a worker's id: what was done to it that may cost what it was answering. */
  readonly harms: ReadonlyMap<number, Harm>;
  readonly failures: readonly Failure[];
  readonly late: readonly Exchange[];
  readonly loadSinceMs: number;
  /** Who took a connection from a client's port within a time, one after another. */
  readonly takingsOf: (port: number, fromMs: number, untilMs: number) => readonly Taking[];
  /** When workers that started could not serve. */
  readonly broken: readonly Span[];
  /** How long a worker may be silent, and may take until it is ready. */
  readonly hangMs: number;
  readonly readyTimeoutMs: number;
}

interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Harm {
  readonly what: string;
  readonly atMs: number;
}

/** How long it may take beyond the time for which a worker may be silent, until whoever waits for it knows. */
const HUNG_MS = limitMs(3000);
/** How long it may take until somebody serves, where all have died; and how long it has to be to excuse that others wait. */
const REPLACEMENT_MS = limitMs(5000);
const EXCUSE_MS = 500;
/** How long after the end of a worker the supervisor may tell of it. */
const END_MS = limitMs(1000);
/** The clocks of two processes, and what they were told. */
const CLOCK_MS = limitMs(100);
/** By how much those clocks alone may differ. What a client's port has after that is another connection of its. */
const SKEW_MS = 5;

/** What is wrong: an end that nobody caused, a request that was lost or left waiting by a worker that nobody harmed. */
export function findViolations(evidence: Evidence): readonly string[] {
  const gaps = gapsOf(evidence);
  const failures = withoutUnsaid(evidence);
  return [
    ...gaps.flatMap((gap) => judgeGap(gap, evidence)),
    ...evidence.lives.flatMap((life) => judgeEnd(life, evidence)),
    ...failures.flatMap((failure) => judgeFailure(failure, evidence, gaps)),
    ...evidence.late.flatMap((late) => judgeTime(late, evidence, gaps)),
  ];
}

/** Each worker that was ended at once may have taken one connection, and not have come to say so. */
function withoutUnsaid(evidence: Evidence): readonly Failure[] {
  const ends = evidence.lives.filter(({ worker }) => evidence.harms.has(worker.id));
  return evidence.failures.filter((failure) => {
    if (failure.reason !== 'ECONNRESET' || ownerOf(failure, evidence) !== undefined) return true;
    const { endMs } = timesOf(failure, evidence);
    const index = ends.findIndex(({ endedAtMs = 0 }) => Math.abs(endedAtMs - endMs) < END_MS);
    if (index >= 0) ends.splice(index, 1);
    return index < 0;
  });
}

function judgeEnd(
  { worker, reason, readyAtMs, endedAtMs, stack = '' }: Life,
  { harms }: Evidence,
): readonly string[] {
  const harm = harms.get(worker.id);
  if (endedAtMs === undefined || harm || reason === undefined) return [];
  switch (reason.kind) {
    case 'drain':
      return reason.isForced && readyAtMs !== undefined ? [`${nameOf(worker)} could not finish`] : [];
    case 'memory-limit':
    case 'ready-timeout':
      return [];
    case 'uncaught':
      // Of a version that dies.
      return readyAtMs === undefined ? [] : [`${nameOf(worker)} crashed by itself: ${reason.error}`];
    case 'signal':
    case 'exit':
    case 'hang':
    case 'out-of-memory':
    case 'spawn':
      return [`${nameOf(worker)} ended by ${JSON.stringify(reason)}, and nobody had harmed it: ${stack}`];
    default:
      return reason satisfies never;
  }
}

function judgeGap({ fromMs, untilMs }: Span, { broken, readyTimeoutMs }: Evidence): readonly string[] {
  const isExcused = broken.some(
    (span) => span.fromMs <= untilMs && span.untilMs + readyTimeoutMs + REPLACEMENT_MS >= untilMs,
  );
  const tookMs = Math.round(untilMs - fromMs);
  return tookMs <= REPLACEMENT_MS || isExcused ? [] : [`nobody served for ${tookMs} ms`];
}

function judgeFailure(failure: Failure, evidence: Evidence, gaps: readonly Span[]): readonly string[] {
  const { kind, reason, tookMs } = failure;
  // The client has lost patience: it may have waited for one of its own connections most of the time.
  if (reason === 'ABORT_ERR') return judgeTime(failure, evidence, gaps);
  const what = `a ${kind} request failed by ${reason} after ${tookMs} ms`;
  const owner = ownerOf(failure, evidence);
  if (owner === undefined) return [`${what}: nobody had taken its connection`];
  const harm = evidence.harms.get(owner.worker.id);
  const { endMs } = timesOf(failure, evidence);
  if (!harm || harm.atMs > endMs + CLOCK_MS) return [`${what}: ${howItWas(failure, evidence)}`];
  return judgeTime(failure, evidence, gaps);
}

/**
 * Nobody waits longer than for a hung worker's end, but where there is nobody to answer, and all wait. One may wait for a
 * worker that does not take it, and then for another that has.
 */
function judgeTime(exchange: Exchange, evidence: Evidence, gaps: readonly Span[]): readonly string[] {
  const { fromMs, endMs } = timesOf(exchange, evidence);
  const takenAtMs = Math.max(fromMs, takingOf(exchange, evidence)?.atMs ?? endMs);
  const waitedMs = Math.max(takenAtMs - fromMs, endMs - takenAtMs);
  if (waitedMs <= evidence.hangMs + HUNG_MS) return [];
  if (isUnserved({ fromMs, untilMs: endMs }, gaps)) return [];
  return [`a ${exchange.kind} request waited ${Math.round(waitedMs)} ms: ${howItWas(exchange, evidence)}`];
}

function isUnserved({ fromMs, untilMs }: Span, gaps: readonly Span[]): boolean {
  return gaps.some((gap) => Math.min(gap.untilMs, untilMs) - Math.max(gap.fromMs, fromMs) >= EXCUSE_MS);
}

/** When no worker that was ready and unharmed was there. */
function gapsOf({ lives, harms }: Evidence): readonly Span[] {
  const served = lives
    .flatMap(({ worker, readyAtMs, leavingAtMs, endedAtMs }) => {
      const harm = harms.get(worker.id);
      const untilMs = Math.min(harm?.atMs ?? Infinity, leavingAtMs ?? Infinity, endedAtMs ?? Infinity);
      return readyAtMs === undefined || readyAtMs >= untilMs ? [] : [{ fromMs: readyAtMs, untilMs }];
    })
    .toSorted((one, other) => one.fromMs - other.fromMs);
  const gaps: Span[] = [];
  let servedUntilMs = served[0]?.fromMs ?? Infinity;
  for (const { fromMs, untilMs } of served) {
    if (fromMs > servedUntilMs) gaps.push({ fromMs: servedUntilMs, untilMs: fromMs });
    servedUntilMs = Math.max(servedUntilMs, untilMs);
  }
  return gaps;
}

/** From when it had a connection of the client's. */
function timesOf(
  { atMs, tookMs, queuedMs }: Exchange,
  { loadSinceMs }: Evidence,
): { readonly fromMs: number; readonly endMs: number } {
  const sentAtMs = loadSinceMs + atMs;
  return { fromMs: sentAtMs + queuedMs, endMs: sentAtMs + tookMs };
}

/** Who had its connection. */
function ownerOf(exchange: Exchange, evidence: Evidence): Life | undefined {
  const taking = takingOf(exchange, evidence);
  return taking && lifeOf(evidence.lives, taking);
}

function takingOf(exchange: Exchange, evidence: Evidence): Taking | undefined {
  return takingsOf(exchange, evidence).at(-1);
}

function takingsOf(exchange: Exchange, evidence: Evidence): readonly Taking[] {
  const { port, connectedAtMs } = exchange;
  if (port === undefined || connectedAtMs === undefined) return [];
  const fromMs = evidence.loadSinceMs + connectedAtMs - CLOCK_MS;
  return evidence.takingsOf(port, fromMs, timesOf(exchange, evidence).endMs + SKEW_MS);
}

/** Whose process it was then: a number is used again. */
export function lifeOf(lives: readonly Life[], { pid, atMs }: Taking): Life | undefined {
  return lives.find(
    ({ worker, startedAtMs, endedAtMs = Infinity }) =>
      worker.pid === pid && startedAtMs - CLOCK_MS <= atMs && atMs <= endedAtMs + CLOCK_MS,
  );
}

/** Who had its connection, and what became of them. */
function howItWas(exchange: Exchange, evidence: Evidence): string {
  const { endMs } = timesOf(exchange, evidence);
  const ago = (time: number | undefined): string =>
    time === undefined ? 'never' : `${Math.round(time - endMs)} ms`;
  const owners = takingsOf(exchange, evidence).map((taking) => {
    const life = lifeOf(evidence.lives, taking);
    if (!life) return `process ${taking.pid} at ${ago(taking.atMs)}`;
    const { worker, readyAtMs, leavingAtMs, endedAtMs, reason } = life;
    const harm = evidence.harms.get(worker.id);
    return (
      `${nameOf(worker)} at ${ago(taking.atMs)} (ready ${ago(readyAtMs)}, leaving ${ago(leavingAtMs)}, ` +
      `ended ${ago(endedAtMs)} by ${JSON.stringify(reason)}, ` +
      `harmed ${harm ? `${ago(harm.atMs)} by ${harm.what}` : 'never'})`
    );
  });
  return `relative to the end, ${owners.join(', then ') || 'nobody'} had it`;
}
