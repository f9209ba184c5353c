import type { SupervisedState, SupervisorStatus, WorkerStatus } from '../index.ts';
import { duration } from '../core/duration.ts';
import { styled } from './escapes.ts';
import type { Style } from './escapes.ts';
import { cutText, textWidth } from './terminal-text.ts';

export interface TableOptions {
  /** How many columns of a terminal there are. Default: as many as it takes. */
  readonly width?: number;
  /** Default: false. */
  readonly color?: boolean;
}

interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Columns with a lower one give way first where there is no room. */
  readonly rank: number;
  readonly cell: (worker: WorkerStatus) => string;
}

const COLUMNS: readonly Column[] = [
  { title: 'slot', align: 'right', rank: 9, cell: ({ slot }) => String(slot) },
  { title: 'pid', align: 'right', rank: 7, cell: ({ pid }) => String(pid ?? UNKNOWN) },
  { title: 'state', align: 'left', rank: 8, cell: ({ state }) => state },
  { title: 'generation', align: 'right', rank: 3, cell: ({ generation }) => String(generation) },
  { title: 'uptime', align: 'right', rank: 2, cell: ({ uptimeMs }) => duration(uptimeMs) },
  { title: 'connections', align: 'right', rank: 6, cell: ({ connections }) => String(connections) },
  { title: 'loop delay', align: 'right', rank: 5, cell: ({ loopDelayMs }) => delayCell(loopDelayMs) },
  { title: 'memory', align: 'right', rank: 4, cell: ({ memoryMb }) => memoryCell(memoryMb) },
  { title: 'restarts', align: 'right', rank: 1, cell: ({ restarts }) => String(restarts) },
];

const UNKNOWN = '-';
const GAP = '  ';

const STATE_STYLES: Readonly<Record<SupervisedState, Style>> = {
  starting: 'yellow',
  ready: 'green',
  draining: 'cyan',
  stopping: 'red',
};

/** A header, and a line for each worker. */
export function statusTable(
  { workers }: SupervisorStatus,
  { width = Infinity, color = false }: TableOptions = {},
): string[] {
  const columns = fitting(
    COLUMNS.map((column) => ({ ...column, width: widthOf(column, workers) })),
    width,
  );
  const header = columns.map(({ title, ...column }) => pad(title, column)).join(GAP);
  const rows = workers.map((worker) =>
    columns
      .map(({ title, cell, ...column }) => {
        const text = pad(cell(worker), column);
        return color && title === 'state' ? styled(text, STATE_STYLES[worker.state]) : text;
      })
      .join(GAP),
  );
  return [color ? styled(header, 'dim') : header, ...rows].map((line) => cutText(line, width));
}

type SizedColumn = Column & { readonly width: number };

function fitting(columns: readonly SizedColumn[], width: number): readonly SizedColumn[] {
  const total = columns.reduce((sum, column) => sum + column.width + GAP.length, -GAP.length);
  if (total <= width || columns.length === 1) return columns;
  const least = Math.min(...columns.map(({ rank }) => rank));
  return fitting(
    columns.filter(({ rank }) => rank > least),
    width,
  );
}

function widthOf({ title, cell }: Column, workers: readonly WorkerStatus[]): number {
  return workers.reduce((widest, worker) => Math.max(widest, textWidth(cell(worker))), title.length);
}

function pad(text: string, { width, align }: Pick<SizedColumn, 'width' | 'align'>): string {
  return align === 'left' ? text.padEnd(width) : text.padStart(width);
}

function delayCell(delayMs: number | undefined): string {
  if (delayMs === undefined) return UNKNOWN;
  return delayMs < 10 ? `${delayMs.toFixed(1)} ms` : duration(delayMs);
}

function memoryCell(memoryMb: number | undefined): string {
  return memoryMb === undefined ? UNKNOWN : `${Math.round(memoryMb)} MiB`;
}
