import path from 'node:path';

import type { DrainCause, StartFailure, SupervisorEvent, WorkerName } from '../index.ts';
import { duration } from '../core/duration.ts';
import { endText } from '../supervisor/end-text.ts';
import { placeOf, systemErrorText } from './place.ts';

/** All that people are to know of an event: its line, and below it what a worker said of the failure. */
export function eventLines(event: SupervisorEvent): string[] {
  const line = eventLine(event);
  return line === undefined ? [] : [line, ...detailLines(event)];
}

/** One line for people; `undefined` where other events say the same. */
export function eventLine(event: SupervisorEvent): string | undefined {
  switch (event.type) {
    case 'worker-started':
      return `${nameOf(event.worker)} started`;
    case 'worker-listening':
      return `listening on ${placeOf(event.address)}`;
    case 'worker-listen-failed':
      return `cannot listen on ${placeOf(event.address)}: ${systemErrorText(event.code)}`;
    case 'worker-ready':
      return `${nameOf(event.worker)} ready after ${duration(event.afterMs)}`;
    case 'worker-draining':
      return drainingLine(event.worker, event.cause);
    case 'worker-hung':
      return `${nameOf(event.worker)} was silent for ${duration(event.silentMs)} and is replaced${
        event.stack === undefined ? '' : '; it was here:'
      }`;
    case 'worker-over-memory':
      return `${nameOf(event.worker)} uses ${mebibytes(event.memoryMb)} of memory, over the limit of ${mebibytes(
        event.limitMb,
      )}, and is replaced`;
    case 'worker-ended':
      return `${nameOf(event.worker)} ${endText(event.reason)}${nextOf(event.restartInMs)}`;
    case 'ready':
      return `ready, ${workersOf(event.slots)}`;
    case 'reload-started':
      return `reload ${event.generation}: replacing ${workersOf(event.slots)}`;
    case 'reload-progress':
      return `reload ${event.generation}: ${event.done} of ${workersOf(event.slots)} replaced`;
    case 'reload-done':
      return `reload ${event.generation}: done after ${duration(event.tookMs)}`;
    case 'reload-failed':
      return `reload ${event.generation} failed: ${newWorkerLine(event.failure)}`;
    case 'cpus-changed':
      return `may use ${cpusOf(event.to)} now, and not ${event.from}: as many workers follow`;
    case 'scale-started':
      if (event.from === event.to) return `${workersOf(event.to)} wanted, as before`;
      return `scaling from ${event.from} to ${workersOf(event.to)}`;
    case 'scale-done':
      return `scaled to ${workersOf(event.slots)} after ${duration(event.tookMs)}`;
    case 'scale-failed':
      return `scaling to ${workersOf(event.slots)} failed: ${newWorkerLine(event.failure)}`;
    case 'replace-started':
      return `replacing worker ${event.slot}`;
    case 'replace-done':
      return `worker ${event.slot} was replaced after ${duration(event.tookMs)}`;
    case 'replace-failed':
      return `worker ${event.slot} was not replaced: ${newWorkerLine(event.failure)}`;
    case 'gave-up':
      return `gave up: ${failuresText(event.failures, event.failure)}`;
    case 'done':
      return `${path.basename(event.exec)} ended with code 0 and ${
        event.readyOn === 'listening' ? 'did not listen' : 'was never ready'
      }: nothing to keep running`;
    case 'ops-up':
      return `operations address ${event.url}`;
    case 'ops-down':
      return `the operations address is down, and is tried again in ${duration(event.restartInMs)}: ${event.message}`;
    case 'stopping':
      return 'stopping';
    case 'stopped':
      return 'stopped';
    default:
      return event satisfies never;
  }
}

/** Whether it tells that something that was asked for cannot be done. */
export function isFailure({ type }: SupervisorEvent): boolean {
  return FAILURES.includes(type);
}

const FAILURES: readonly SupervisorEvent['type'][] = [
  'worker-listen-failed',
  'reload-failed',
  'scale-failed',
  'replace-failed',
  'ops-down',
  'gave-up',
];

/** What the worker itself said before it failed, marked as its words. */
export function failureLines({ reason, output }: StartFailure): string[] {
  if (output.length > 0) return ['what it wrote to stderr last:', ...quote(output)];
  // Who has closed stderr, or writes it elsewhere, has still told the supervisor.
  return reason.kind === 'uncaught' ? ['its error:', ...quote(reason.error.split('\n'))] : [];
}

function detailLines(event: SupervisorEvent): string[] {
  switch (event.type) {
    case 'worker-hung':
      return event.stack === undefined ? [] : quote(event.stack.split('\n'));
    case 'reload-failed':
    case 'scale-failed':
    case 'replace-failed':
    case 'gave-up':
      return failureLines(event.failure);
    default:
      return [];
  }
}

function quote(lines: readonly string[]): string[] {
  return lines.map((line) => `    | ${line}`);
}

function drainingLine(worker: WorkerName, cause: DrainCause): string | undefined {
  const reason = DRAIN_REASONS[cause];
  return reason && `${nameOf(worker)} finishes its connections: ${reason}`;
}

/** `undefined` where another event has said it. */
const DRAIN_REASONS: Readonly<Record<DrainCause, string | undefined>> = {
  reload: 'another has taken its place',
  'reload-failed': 'the reload has failed',
  scale: 'its slot is given up',
  stop: undefined,
  memory: undefined,
  replace: 'another has taken its place',
  own: 'it leaves by itself',
};

/** Who has made something fail that was asked for, and how. */
export function newWorkerLine({ worker, reason }: StartFailure): string {
  const pid = worker.pid === undefined ? '' : ` (pid ${worker.pid})`;
  return `its new worker in slot ${worker.slot}${pid} ${endText(reason)}`;
}

function failuresText(count: number, { worker, reason }: StartFailure): string {
  if (count === 1) return `${nameOf(worker)} ${endText(reason)}`;
  return `${count} workers in a row ended before they were ready; the last, ${nameOf(worker)}, ${endText(reason)}`;
}

/** A worker is known by its slot: its id is of no use to people, and its successors have others. */
function nameOf({ slot, pid }: WorkerName): string {
  return pid === undefined ? `worker ${slot}` : `worker ${slot} (pid ${pid})`;
}

function nextOf(restartInMs: number | undefined): string {
  if (restartInMs === undefined) return '';
  return `; the next starts ${restartInMs < 1 ? 'at once' : `in ${duration(restartInMs)}`}`;
}

function workersOf(count: number): string {
  return count === 1 ? '1 worker' : `${count} workers`;
}

function cpusOf(count: number): string {
  return count === 1 ? '1 CPU' : `${count} CPUs`;
}

function mebibytes(count: number): string {
  return `${Math.round(count)} MiB`;
}
