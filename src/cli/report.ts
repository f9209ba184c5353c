import { getSystemErrorMap } from 'node:util';

import type { Address, EndReason, ListenError } from '../index.ts';

/** What asks the command to stop, and by which it lets its workers end. */
export const STOP_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** A worker as the lines name it. */
export interface Named {
  readonly id: number;
  readonly pid: number | undefined;
}

export function startedLine(worker: Named, replaced: Named | undefined): string {
  return `${nameOf(worker)} started${replaced ? ` in place of worker ${replaced.id}` : ''}`;
}

export function listeningLine(address: Address): string {
  return `listening on ${placeOf(address)}`;
}

export function readyLine(workers: number): string {
  return workers === 1 ? 'ready, 1 worker' : `ready, ${workers} workers`;
}

/** What happened to a worker, and what follows of it. */
export function endedLine(
  worker: Named,
  reason: EndReason,
  next: 'stopping' | 'done' | { delayMs: number },
): string {
  const hasStopped = next === 'stopping' && reason.kind === 'signal' && STOP_SIGNALS.includes(reason.signal);
  const end = `${nameOf(worker)} ${hasStopped ? 'stopped' : endOf(reason)}`;
  if (next === 'stopping') return end;
  if (next === 'done') return `${end}: it is done`;
  return next.delayMs === 0 ? end : `${end}; the next starts in ${next.delayMs} ms`;
}

export function failedPilotLine(file: string, reason: EndReason): string {
  return `cannot run ${file}: its first worker ${endOf(reason)} before it listened`;
}

export function donePilotLine(file: string): string {
  return `${file} ended with code 0 and did not listen: nothing to keep running`;
}

export function listenErrorLine({ code, port, address, addressType }: ListenError): string {
  const message = [...getSystemErrorMap().values()].find(([name]) => name === code)?.[1];
  const place = placeOf({ address, port: port ?? -1, addressType });
  return `cannot listen on ${place}: ${message === undefined ? code : `${message} (${code})`}`;
}

export function stoppingLine(signal: NodeJS.Signals, graceMs: number): string {
  return `${signal}: stopping; open connections have ${graceMs / 1000} s to end, a second signal ends them at once`;
}

export function graceOverLine(workers: number, graceMs: number): string {
  const who = workers === 1 ? '1 worker that has' : `${workers} workers that have`;
  return `killing ${who} not ended after ${graceMs / 1000} s`;
}

function nameOf({ id, pid }: Named): string {
  return pid === undefined ? `worker ${id}` : `worker ${id} (pid ${pid})`;
}

function endOf(reason: EndReason): string {
  switch (reason.kind) {
    case 'disconnect':
      return 'stopped';
    case 'kill':
    case 'signal':
      return `was ended by ${reason.signal}`;
    case 'exit':
      return `exited with code ${reason.code}`;
    case 'spawn':
      return `could not be started: ${reason.error.message}`;
    default:
      return reason satisfies never;
  }
}

/**
 * An address as one can use it. What is spoken on a TCP port is not known here; http is right for nearly all programs
 * that are started this way, and makes a link of it; two ports are known for https.
 */
export function placeOf({ address, port, addressType, fd }: Address): string {
  if (fd !== undefined && fd >= 0) return `file descriptor ${fd}`;
  if (typeof addressType === 'string') return `UDP ${hostOf(address)}:${port}`;
  if (addressType === -1) return `UNIX socket ${address}`;
  return `${HTTPS_PORTS.includes(port) ? 'https' : 'http'}://${hostOf(address)}:${port}`;
}

const HTTPS_PORTS: readonly number[] = [443, 8443];

function hostOf(address: string | null): string {
  if (address === null || address === '' || address === '::' || address === '0.0.0.0') return 'localhost';
  return address.includes(':') ? `[${address}]` : address;
}
