import { percent, plain, seconds, UNKNOWN } from './numbers.js';

/** @import { FleetHostStatus, FleetStatus } from '../../src/api/operations.ts' */

/**
 * The fleet, in words.
 *
 * @typedef {object} FleetView
 * @property {'good' | 'bad' | 'none'} tone
 * @property {string} note
 * @property {HostRow[]} rows
 */

/**
 * @typedef {object} HostRow
 * @property {string} host
 * @property {boolean} isOwn whether it is the one whose page this is
 * @property {'good' | 'busy' | 'bad' | 'none'} tone
 * @property {string} state
 * @property {string} version
 * @property {string} generation
 * @property {string} ready
 * @property {string} load
 * @property {number} loadPart from 0 to 1
 * @property {string} requests
 * @property {string} since
 */

/**
 * @param {FleetStatus | undefined} fleet `undefined` where nothing has been told yet
 * @param {number} atMs by this host's clock
 * @returns {FleetView}
 */
export function fleetOf(fleet, atMs) {
  if (!fleet) return { tone: 'none', note: 'Asking the fleet', rows: [] };
  const rows = fleet.hosts.map((host) => rowOf(fleet, host, atMs));
  if (fleet.state === 'unknown')
    return { tone: 'bad', note: 'Fleet unknown: the engine is away; this host serves on', rows };
  const { hosts, unknown, short } = fleet.counts;
  const faults = [
    ...(unknown > 0 ? [`${plain(unknown)} unknown`] : []),
    ...(short > 0 ? [`${plain(short)} short of workers`] : []),
  ];
  const all = `${plain(hosts)} ${hosts === 1 ? 'host' : 'hosts'} in ${fleet.name}`;
  const shown = rows.length < hosts ? `; shown are ${rows.length}, those in trouble first` : '';
  return {
    tone: faults.length > 0 ? 'bad' : 'good',
    note: `${[all, ...faults].join(', ')}${shown}`,
    rows,
  };
}

/**
 * @param {FleetStatus} fleet
 * @param {FleetHostStatus} status
 * @param {number} atMs
 * @returns {HostRow}
 */
function rowOf(fleet, status, atMs) {
  const { host, version, generation, sinceMs } = status;
  // Of a silent host only what it was is known, not how it does.
  const isKnown = status.state === 'known';
  const { ready, wanted, load, requestsPerSecond } = isKnown
    ? status
    : { ready: null, wanted: null, load: null, requestsPerSecond: null };
  return {
    host,
    isOwn: host === fleet.host,
    ...stateOf(fleet, status),
    version: version ?? UNKNOWN,
    generation: String(generation ?? UNKNOWN),
    ready: ready === null || wanted === null ? UNKNOWN : `${ready} of ${wanted}`,
    load: percent(load),
    loadPart: Math.min(1, Math.max(0, load ?? 0)),
    requests: plain(requestsPerSecond),
    // Clocks of two hosts differ by a moment.
    since: sinceMs === null ? UNKNOWN : seconds(atMs - sinceMs),
  };
}

/**
 * @param {FleetStatus} fleet
 * @param {FleetHostStatus} status
 * @returns {Pick<HostRow, 'tone' | 'state'>}
 */
function stateOf(fleet, { state, phase, ready, wanted }) {
  if (fleet.state === 'unknown') return { tone: 'none', state: 'unknown' };
  if (state === 'unknown') return { tone: 'bad', state: 'unknown' };
  if (phase === 'running' && ready !== null && wanted !== null && ready < wanted)
    return { tone: 'bad', state: 'short of workers' };
  return { tone: phase === 'running' ? 'good' : 'busy', state: phase ?? UNKNOWN };
}
