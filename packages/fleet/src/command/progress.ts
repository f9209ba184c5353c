import type { OutHost, RolloutRecord } from '../protocol/rollout-record.ts';
import type { FleetOutput } from './run.ts';

const BAR = 24;
const WIDTH = 80;
/** Up one line, and that one empty. */
const REPLACE = '\u001B[1A\u001B[2K';

/** Shows how far a rollout is: one line that is drawn anew on a terminal, a line for each host elsewhere. */
export class Progress {
  readonly #output: FleetOutput;
  #before: RolloutRecord | undefined;

  constructor(output: FleetOutput) {
    this.#output = output;
  }

  show(record: RolloutRecord): void {
    const before = this.#before;
    this.#before = record;
    if (this.#output.isTerminal) this.#draw(record, before !== undefined);
    else for (const line of changes(before, record)) this.#output.print(line);
  }

  #draw(record: RolloutRecord, isDrawn: boolean): void {
    const { total, out } = record;
    const ended = endedOf(record);
    const full = total === 0 ? BAR : Math.floor((ended * BAR) / total);
    const bar = `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`;
    const names = out.map(({ host }) => host).join(', ');
    const line = `${bar} ${ended} of ${total}${names === '' ? '' : `  ${phaseWord(record)} ${names}`}`;
    this.#output.print(`${isDrawn ? REPLACE : ''}${line.slice(0, this.#output.width ?? WIDTH)}`);
  }
}

function changes(before: RolloutRecord | undefined, now: RolloutRecord): readonly string[] {
  const come = now.out.filter(({ host }) => !isIn(before, host));
  const gone = (before?.out ?? []).filter(({ host }) => !isIn(now, host));
  return [
    ...gone.map((each) => `${each.host}: ${endWord(now, each)} (${endedOf(now)} of ${now.total})`),
    ...come.map(
      ({ host, isOrdered }) => `${host}: ${isOrdered ? now.action.kind : 'waits for an earlier step'}`,
    ),
  ];
}

function isIn(record: RolloutRecord | undefined, host: string): boolean {
  return record?.out.some((each) => each.host === host) ?? false;
}

/** Those of the plan that are no longer out; one that failed has ended too. */
function endedOf({ next, out, undone }: RolloutRecord): number {
  return next - out.filter(({ isOrdered }) => isOrdered).length - undone.length;
}

function endWord({ failed, undone }: RolloutRecord, { host, isOrdered }: OutHost): string {
  const failure = failed.find((each) => each.host === host);
  if (failure) return `failed: ${failure.reason}`;
  if (undone.includes(host)) return 'as it was';
  return isOrdered ? 'done' : 'settled';
}

function phaseWord({ phase, action }: RolloutRecord): string {
  return phase === 'running' ? action.kind : phase;
}
