/** What a fleet takes from an instance's report: counts since its start. */
export interface Numbers {
  readonly requests: number;
  /** Those of them that were answered by 5xx. */
  readonly errors: number;
  /** How many took up to so many ms, and longer than the one before; the last without an end. */
  readonly durations: readonly { readonly toMs: number; readonly count: number }[];
  /** How busy the event loops of its workers are, from 0 to 1; `undefined` where none has said so. */
  readonly utilization: number | undefined;
}

/**
 * Where the cells of a slot have what, as `src/protocol/numbers.ts` of the main package of the same version lays them out: a test
 * compares both. There each method has a number for each class of statuses.
 */
export const LAYOUT = {
  utilization: 7,
  requests: { at: 15, methods: 8, classes: 5 },
  durations: { at: 55, bounds: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] },
} as const;

const CLASS_5XX = 4;

/** `undefined` where the report has no slots that could be read. */
export function readNumbers(report: unknown): Numbers | undefined {
  const slots = isObject(report) ? report['slots'] : undefined;
  if (!Array.isArray(slots)) return undefined;
  const cells = slots.flatMap((slot: unknown) => (isObject(slot) ? [readCells(slot['cells'])] : []));
  const sum = (at: number) => cells.reduce((total, each) => total + (each[at] ?? 0), 0);
  const { at, methods, classes } = LAYOUT.requests;
  const perMethod = Array.from({ length: methods }, (_, method) => at + method * classes);
  const busy = slots.flatMap((slot: unknown) =>
    isObject(slot) && typeof slot['ageMs'] === 'number'
      ? [readCells(slot['cells'])[LAYOUT.utilization] ?? 0]
      : [],
  );
  return {
    requests: perMethod
      .flatMap((first) => Array.from({ length: classes }, (_, i) => sum(first + i)))
      .reduce((total, count) => total + count, 0),
    errors: perMethod.reduce((total, first) => total + sum(first + CLASS_5XX), 0),
    durations: [...LAYOUT.durations.bounds, Infinity].map((bound, i) => ({
      toMs: bound * 1000,
      count: sum(LAYOUT.durations.at + i),
    })),
    utilization: busy.length === 0 ? undefined : busy.reduce((total, each) => total + each, 0) / busy.length,
  };
}

function readCells(cells: unknown): readonly number[] {
  return Array.isArray(cells) && cells.every((cell) => typeof cell === 'number') ? cells : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
