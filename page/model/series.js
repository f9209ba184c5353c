import { plain } from './numbers.js';

/** @import { Sample, SlotSample } from '../../src/ops/sample.ts' */

/**
 * @typedef {object} Metric
 * @property {string} id
 * @property {string} title
 * @property {string} unit
 * @property {number} least how far the axis reaches at least
 * @property {(slot: SlotSample) => number | null} valueOf
 * @property {(values: readonly number[]) => number} join what stands for the values of some seconds
 */

/** @type {readonly Metric[]} */
export const METRICS = [
  {
    id: 'requests',
    title: 'Requests',
    unit: 'per second',
    least: 10,
    valueOf: (slot) => slot.requestsPerSecond,
    join: mean,
  },
  {
    id: 'p99',
    title: 'Request duration, p99',
    unit: 'ms',
    least: 10,
    valueOf: (slot) => slot.p99Ms,
    join: worst,
  },
  {
    id: 'delay',
    title: 'Event-loop delay, longest',
    unit: 'ms',
    least: 10,
    valueOf: (slot) => gauge(slot, slot.loopDelayMs),
    join: worst,
  },
  {
    id: 'memory',
    title: 'Memory',
    unit: 'MiB',
    least: 50,
    valueOf: (slot) => gauge(slot, slot.memoryMb),
    join: mean,
  },
];

/**
 * One line for each slot.
 *
 * @typedef {object} Series
 * @property {number[]} times in seconds, as the chart wants them
 * @property {number[]} slots
 * @property {(number | null)[][]} lines by slot, a value for each time
 * @property {(number | null)[]} latest by slot, the numbers of the last second
 */

/** More are not told apart by their colours. */
export const MOST_COLORS = 8;
/** A point of a line is of so many seconds: a chart is hardly wider than 15 minutes of them. */
export const STEP_SECONDS = 5;
/** What is older tells nothing of now. */
const OLD_MS = 3500;

/**
 * @param {readonly Sample[]} samples oldest first
 * @param {Metric} metric
 * @returns {Series}
 */
export function seriesOf(samples, { valueOf, join }) {
  const slots = (samples.at(-1)?.slots ?? []).map(({ slot }) => slot);
  /** @type {(sample: Sample | undefined, slot: number, index: number) => number | null} */
  const numberOf = (sample, slot, index) => {
    const found = sample?.slots[index]?.slot === slot ? sample.slots[index] : bySlot(sample, slot);
    return found ? valueOf(found) : null;
  };
  const steps = stepsOf(samples);
  return {
    times: steps.map(({ step }) => step * STEP_SECONDS),
    slots,
    lines: slots.map((slot, index) =>
      steps.map((step) => {
        const values = step.samples.map((sample) => numberOf(sample, slot, index));
        const known = values.filter((value) => value !== null);
        return known.length === 0 ? null : join(known);
      }),
    ),
    latest: slots.map((slot, index) => numberOf(samples.at(-1), slot, index)),
  };
}

/**
 * The samples of each step, those without any in between too: lines have a gap there.
 *
 * @param {readonly Sample[]} samples
 */
function stepsOf(samples) {
  /** @type {{ readonly step: number, readonly samples: Sample[] }[]} */
  const steps = [];
  for (const sample of samples) {
    const step = Math.floor(sample.atMs / 1000 / STEP_SECONDS);
    const last = steps.at(-1);
    // Where the primary's clock was set back, the chart goes on with the next step that it has not.
    if (last && step <= last.step) {
      last.samples.push(sample);
      continue;
    }
    if (last && step > last.step + 1) steps.push({ step: last.step + 1, samples: [] });
    steps.push({ step, samples: [sample] });
  }
  return steps;
}

/**
 * The middle of all slots at each time.
 *
 * @param {Series} series
 */
export function medianLine({ times, lines }) {
  return times.map((_, at) => median(lines.map((line) => line[at] ?? null)));
}

/**
 * What the lines are at one time, in words: each slot, or of many the middle and the ends.
 *
 * @param {Series} series
 * @param {number} [at] an index of `times`. Default: the last second
 * @returns {{ readonly name: string, readonly value: string, readonly color: number | undefined }[]}
 */
export function valuesAt({ slots, lines, latest }, at) {
  const values = at === undefined ? latest : lines.map((line) => line[at] ?? null);
  if (slots.length <= MOST_COLORS)
    return slots.map((slot, index) => ({ name: `slot ${slot}`, value: plain(values[index]), color: index }));
  const known = slots
    .map((slot, index) => ({ slot, value: values[index] ?? null }))
    .filter(({ value }) => value !== null)
    .toSorted((one, other) => Number(one.value) - Number(other.value));
  const [lowest, highest] = [known[0], known.at(-1)];
  return [
    { name: 'median', value: plain(median(values)), color: 0 },
    ...(lowest && highest
      ? [
          { name: `highest, slot ${highest.slot}`, value: plain(highest.value), color: undefined },
          { name: `lowest, slot ${lowest.slot}`, value: plain(lowest.value), color: undefined },
        ]
      : []),
  ];
}

/**
 * A chart for those who do not see it.
 *
 * @param {Metric} metric
 * @param {Series} series
 */
export function chartText({ title, unit }, series) {
  const values = valuesAt(series).map(({ name, value }) => `${name}: ${value}`);
  const many = series.slots.length > MOST_COLORS ? ` of ${series.slots.length} slots` : '';
  const latest = values.length === 0 ? 'no numbers yet' : `the latest${many}: ${values.join('; ')}`;
  return `${title}, ${unit}, over the last 15 minutes; ${latest}`;
}

/**
 * What was measured too long ago is not what it is now.
 *
 * @param {SlotSample} slot
 * @param {number | null} value
 */
function gauge({ ageMs }, value) {
  return ageMs === null || ageMs > OLD_MS ? null : value;
}

/**
 * @param {Sample | undefined} sample
 * @param {number} wanted
 */
function bySlot(sample, wanted) {
  return sample?.slots.find(({ slot }) => slot === wanted);
}

/** @param {readonly number[]} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param {readonly number[]} values */
function worst(values) {
  return Math.max(...values);
}

/** @param {readonly (number | null)[]} values */
function median(values) {
  const known = values.filter((value) => value !== null).toSorted((one, other) => one - other);
  if (known.length === 0) return null;
  const middle = Math.floor(known.length / 2);
  const upper = known[middle] ?? 0;
  return known.length % 2 === 1 ? upper : (upper + (known[middle - 1] ?? 0)) / 2;
}
