import { duration } from '../lib/words.js';

/** What stands for a number that is not known. */
export const UNKNOWN = '–';

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/**
 * A count or a rate without its unit: tenths below 10.
 *
 * @param {number | null | undefined} value
 */
export function plain(value) {
  if (value === null || value === undefined) return UNKNOWN;
  return (Math.abs(value) < 9.95 ? TENTHS : WHOLE).format(value);
}

/** @param {number | null | undefined} ms */
export function delay(ms) {
  if (ms === null || ms === undefined) return UNKNOWN;
  return ms < 9.95 ? `${TENTHS.format(ms)} ms` : duration(ms);
}

/** @param {number | null | undefined} count */
export function mebibytes(count) {
  return count === null || count === undefined ? UNKNOWN : `${WHOLE.format(count)} MiB`;
}

/** @param {number | null | undefined} part from 0 to 1 */
export function percent(part) {
  return part === null || part === undefined ? UNKNOWN : `${Math.round(part * 100)} %`;
}

/**
 * How long ago something was, in whole words.
 *
 * @param {number} ms
 */
export function ago(ms) {
  return ms < 1000 ? 'just now' : `${duration(Math.floor(ms / 1000) * 1000)} ago`;
}

/**
 * For a time that counts on in front of one's eyes: whole seconds.
 *
 * @param {number} ms
 */
export function seconds(ms) {
  return duration(Math.max(1000, Math.floor(ms / 1000) * 1000));
}

/**
 * The time of day here.
 *
 * @param {number} atMs
 */
export function clock(atMs) {
  const date = new Date(atMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
