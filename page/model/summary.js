import { seconds } from './numbers.js';
import { duration } from '../lib/words.js';
import { silenceOf } from './silence.js';

/**
 * @import { Sample } from '../../src/ops/sample.ts'
 * @import { State } from './state.js'
 */

/**
 * Whether all is well, in a sentence.
 *
 * @typedef {object} Summary
 * @property {'good' | 'busy' | 'bad'} tone
 * @property {string} word the tone, for those who do not see colours
 * @property {string} sentence
 * @property {string} [detail]
 */

/** @type {Readonly<Record<Summary['tone'], string>>} */
const WORDS = { good: 'All is well', busy: 'Changing', bad: 'Needs attention' };

/**
 * @param {State} state
 * @param {number} nowMs `Date.now()` here
 * @returns {Summary}
 */
export function summaryOf({ samples, loss }, nowMs) {
  const sample = samples.at(-1);
  if (loss) {
    const since = seconds(nowMs - loss.sinceMs);
    const last = sample ? `What is shown is ${since} old.` : '';
    return {
      tone: 'bad',
      word: 'No connection',
      sentence: `No connection to the primary since ${since}; trying again`,
      detail: [loss.message, last].filter(Boolean).join(' '),
    };
  }
  if (!sample) return { tone: 'busy', word: 'Connecting', sentence: 'Waiting for the first numbers' };
  const { tone, sentence } = sentenceOf(sample);
  return { tone, word: WORDS[tone], sentence };
}

/**
 * @param {Sample} sample
 * @returns {Pick<Summary, 'tone' | 'sentence'>}
 */
function sentenceOf(sample) {
  const { phase, workers, slots, reload } = sample.status;
  const faults = faultsOf(sample);
  const ready = `${Math.max(0, sample.status.ready - silentSlots(sample).length)} of ${slots} ready`;
  switch (phase) {
    case 'stopped':
      return { tone: 'bad', sentence: 'Stopped' };
    case 'stopping':
      return {
        tone: 'busy',
        sentence: workers.length === 0 ? 'Stopping' : `Stopping: ${left(workers.length)}`,
      };
    case 'reloading': {
      const progress = reload ? `Reloading: ${reload.done} of ${reload.slots}` : `Reloading: ${ready}`;
      return faults.length === 0
        ? { tone: 'busy', sentence: progress }
        : { tone: 'bad', sentence: `${progress}; ${listed(faults)}` };
    }
    case 'starting':
    case 'scaling': {
      const doing = `${phase === 'starting' ? 'Starting' : 'Scaling'}: ${ready}`;
      return faults.length === 0
        ? { tone: 'busy', sentence: doing }
        : { tone: 'bad', sentence: `${doing}; ${listed(faults)}` };
    }
    case 'running':
    default:
      if (faults.length > 0) return { tone: 'bad', sentence: `${ready}: ${listed(faults)}` };
      if (sample.status.ready < slots) return { tone: 'bad', sentence: ready };
      return {
        tone: 'good',
        sentence: `${ready}, generation ${sample.status.generation}, since ${duration(sinceMs(sample))}`,
      };
  }
}

/**
 * What is wrong, the worst first: workers that are silent, then slots that have lost theirs.
 *
 * @param {Sample} sample
 */
function faultsOf(sample) {
  const silent = silentSlots(sample);
  const first = silent[0];
  const faults = [];
  if (first && silent.length === 1)
    faults.push(`slot ${first.slot} has been silent for ${seconds(first.silentMs)}`);
  else if (first) faults.push(`${named(silent.map(({ slot }) => slot))} are silent`);

  // While all start for the first time, none has been lost.
  if (sample.status.phase === 'starting') return faults;
  const { workers } = sample.status;
  const unready = sample.slots
    .map(({ slot }) => slot)
    .filter((slot) => !workers.some((worker) => worker.slot === slot && worker.state === 'ready'));
  const empty = unready.filter((slot) => !workers.some((worker) => worker.slot === slot));
  // What a change has not filled yet is no fault.
  const lost = sample.status.phase === 'running' ? unready.filter((slot) => !empty.includes(slot)) : [];
  if (lost.length > 0) faults.push(`${named(lost)} ${lost.length === 1 ? 'is' : 'are'} not ready`);
  if (empty.length > 0 && sample.status.phase !== 'scaling')
    faults.push(`${named(empty)} ${empty.length === 1 ? 'has' : 'have'} no worker`);
  return faults;
}

/** @param {Sample} sample */
function silentSlots(sample) {
  return sample.status.workers
    .filter(({ state }) => state === 'ready')
    .flatMap((worker) => {
      const silentMs = silenceOf(sample, worker);
      return silentMs === undefined ? [] : [{ slot: worker.slot, silentMs }];
    });
}

/**
 * How long the generation has been there.
 *
 * @param {Sample} sample
 */
function sinceMs({ atMs, status: { lastReload, generation, uptimeMs } }) {
  const isOfReload = lastReload?.verdict === 'done' && lastReload.generation === generation;
  return isOfReload ? Math.max(0, atMs - lastReload.atMs) : uptimeMs;
}

/** @param {number} workers */
function left(workers) {
  return workers === 1 ? '1 worker is left' : `${workers} workers are left`;
}

const MOST_NAMED = 3;

/** @param {readonly number[]} slots */
function named(slots) {
  if (slots.length === 1) return `slot ${slots[0]}`;
  if (slots.length > MOST_NAMED)
    return `slots ${slots.slice(0, MOST_NAMED).join(', ')} and ${slots.length - MOST_NAMED} more`;
  return `slots ${slots.slice(0, -1).join(', ')} and ${slots.at(-1)}`;
}

/** @param {readonly string[]} faults */
function listed(faults) {
  return faults.join('; ');
}
