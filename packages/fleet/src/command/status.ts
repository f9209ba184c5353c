import { FleetError } from '../errors.ts';
import { readStatus } from '../host/status-record.ts';
import type { HostView, RosterView } from '../protocol/roster.ts';
import type { Request } from './arguments.ts';
import { readRoster } from './read-roster.ts';
import type { Session } from './run.ts';
import { type Column, table } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'host', align: 'left' },
  { title: 'state', align: 'left' },
  { title: 'version', align: 'left' },
  { title: 'generation', align: 'right' },
  { title: 'ready', align: 'right' },
  { title: 'load', align: 'right' },
  { title: 'requests/s', align: 'right' },
  { title: 'since', align: 'left' },
];

/** Prints who is in the fleet. */
export async function runStatus(session: Session, request: Request): Promise<number> {
  const { output, me, runtime } = session;
  const view = await readRoster(session, me);
  if (view?.fleet !== 'known') {
    throw new FleetError(
      'ERR_FLEET_ENGINE_LOST',
      `Cannot read the fleet '${request.target.name}': its engine has not told all in time. Try again`,
    );
  }
  if (request.isJson) output.print(JSON.stringify(jsonOf(request.target.name, view)));
  else
    for (const line of linesOf(request.target.name, view, runtime.wallMs(), output.width)) output.print(line);
  return 0;
}

function jsonOf(name: string, { fleet, hosts }: RosterView): object {
  return {
    name,
    fleet,
    hosts: hosts.map(({ host, state, status }) => ({ host, state, ...readStatus(status) })),
  };
}

function linesOf(
  name: string,
  { hosts }: RosterView,
  wallMs: number,
  width: number | undefined,
): readonly string[] {
  const known = hosts.filter(({ state }) => state === 'known').length;
  const silent = hosts.length === known ? '' : `, ${hosts.length - known} unknown`;
  const summary = `fleet ${name}: ${known} ${known === 1 ? 'host' : 'hosts'}${silent}`;
  if (hosts.length === 0)
    return [summary, 'No host has joined a fleet of this name on this engine, or all have left it'];
  const rows = hosts.map((host) => cellsOf(host, wallMs));
  const twice = hosts.flatMap(namesakeLine);
  return [summary, '', ...table(COLUMNS, rows, width), ...(twice.length > 0 ? ['', ...twice] : [])];
}

/** Of two processes under one name the table has the one that was heard of last. */
function namesakeLine({ host, state, status }: HostView): readonly string[] {
  const { instance, namesake } = readStatus(status) ?? {};
  if (state !== 'known' || !instance || !namesake) return [];
  return [
    `${host} is two processes, ${[instance, namesake].toSorted().join(' and ')}: give one of them another name`,
  ];
}

function cellsOf({ host, state, status: told }: HostView, wallMs: number): readonly string[] {
  const status = readStatus(told);
  if (!status) return [host, 'unknown', '-', '-', '-', '-', '-', '-'];
  const { version, generation, phase, ready, wanted, load, requestsPerSecond, sinceMs } = status;
  // Of a silent host only what it was is known, not how it does.
  const isKnown = state === 'known';
  return [
    host,
    isKnown ? phase : 'unknown',
    version ?? '-',
    String(generation),
    isKnown ? `${ready}/${wanted}` : '-',
    isKnown && load !== null ? `${Math.round(load * 100)} %` : '-',
    isKnown && requestsPerSecond !== null ? String(requestsPerSecond) : '-',
    ago(wallMs - sinceMs),
  ];
}

/** Clocks of two hosts differ by a moment. */
function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
