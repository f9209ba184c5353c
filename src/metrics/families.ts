import type {
  ConnectionReport,
  ProgramReport,
  ProgramSnapshot,
  Report,
  SlotReport,
} from '../api/operations.ts';
import type { WorkerStatus } from '../api/supervisor.ts';
import { CELLS, DURATION_BOUNDS, METHODS, STATUS_CLASSES } from '../protocol/numbers.ts';
import type { CellRange } from '../protocol/numbers.ts';
import type { Family, MetricSample } from './family.ts';
import { groupBy } from './group-by.ts';

/** All metrics that an instance counts by itself. `docs/operations.md` lists them, made from here. */
export const FAMILIES: readonly Family[] = [
  {
    name: 'grappolo_info',
    type: 'gauge',
    help: 'Always 1; what is running.',
    labels: ['version', 'node', 'policy'],
    samples: ({ primary: { version, node, policy } }) => [{ labels: { version, node, policy }, value: 1 }],
  },
  ofInstance(
    'uptime_seconds',
    'gauge',
    'Time since the supervisor started.',
    ({ status }) => status.uptimeMs / 1000,
  ),
  ofInstance('slots', 'gauge', 'How many workers there are to be.', ({ status }) => status.slots),
  ofInstance(
    'slots_ready',
    'gauge',
    'How many slots have a worker that is ready.',
    ({ status }) => status.ready,
  ),
  ofInstance(
    'generation',
    'gauge',
    'Number of the last reload that succeeded, from 0.',
    ({ status }) => status.generation,
  ),
  {
    name: 'grappolo_worker_memory_limit_bytes',
    type: 'gauge',
    help: 'Resident memory over which a worker is replaced; absent where it may have any.',
    labels: [],
    samples: ({ status: { maxMemoryMb } }) =>
      maxMemoryMb === undefined ? [] : [{ labels: {}, value: maxMemoryMb * 2 ** 20 }],
  },
  {
    name: 'grappolo_workers',
    type: 'gauge',
    help: 'Workers that live, by state.',
    labels: ['state'],
    samples: ({ status: { workers } }) =>
      STATES.map((state) => ({
        labels: { state },
        value: workers.filter((worker) => worker.state === state).length,
      })),
  },
  {
    name: 'grappolo_reloads_total',
    type: 'counter',
    help: 'Reloads that have ended, by verdict.',
    labels: ['verdict'],
    samples: ({ primary: { reloads } }) => [
      { labels: { verdict: 'done' }, value: reloads.done },
      { labels: { verdict: 'failed' }, value: reloads.failed },
    ],
  },
  {
    name: 'grappolo_last_reload_duration_seconds',
    type: 'gauge',
    help: 'How long the last reload took.',
    labels: [],
    samples: ({ primary: { lastReloadSeconds } }) =>
      lastReloadSeconds === undefined ? [] : [{ labels: {}, value: lastReloadSeconds }],
  },
  {
    name: 'grappolo_primary_cpu_seconds_total',
    type: 'counter',
    help: "CPU time of the primary's process.",
    labels: ['mode'],
    samples: ({ primary: { cpuUserSeconds, cpuSystemSeconds } }) => [
      { labels: { mode: 'user' }, value: cpuUserSeconds },
      { labels: { mode: 'system' }, value: cpuSystemSeconds },
    ],
  },
  ofInstance(
    'primary_memory_bytes',
    'gauge',
    'Resident memory of the primary.',
    ({ primary }) => primary.memoryBytes,
  ),
  ofInstance(
    'primary_eventloop_delay_max_seconds',
    'gauge',
    "Longest delay of the primary's event loop in the last second.",
    ({ primary }) => primary.loopDelaySeconds,
  ),

  ofListener(
    'accepted_total',
    'counter',
    'Connections that the primary has accepted.',
    (each) => each.accepted,
  ),
  ofListener('dropped_total', 'counter', 'Connections closed since too many waited.', (each) => each.dropped),
  ofListener('waiting', 'gauge', 'Connections that no worker has yet.', (each) => each.waiting),

  ofWorkers('ready', 'Whether the slot has a worker that is ready.', (workers) =>
    workers.some(({ state }) => state === 'ready') ? 1 : 0,
  ),
  ofWorkers(
    'generation',
    "Generation of the slot's youngest worker.",
    (workers) => workers.at(-1)?.generation,
  ),
  ofWorkers('uptime_seconds', "Time since the slot's youngest worker was started.", (workers) => {
    const uptimeMs = workers.at(-1)?.uptimeMs;
    return uptimeMs === undefined ? undefined : uptimeMs / 1000;
  }),
  {
    name: 'grappolo_worker_restarts_total',
    type: 'counter',
    help: 'Workers of the slot that ended without having been told to leave, by what ended them.',
    labels: ['slot', 'reason'],
    samples: ({ slots }) =>
      slots.flatMap(({ slot, restarts }) =>
        Object.entries(restarts).map(([reason, value]) => ({ labels: { slot, reason }, value })),
      ),
  },
  ofSlot(
    'numbers_age_seconds',
    'gauge',
    'How long ago the worker last wrote its numbers. Old: it hangs, or is stopped.',
    ({ ageMs }) => (ageMs === undefined ? undefined : ageMs / 1000),
  ),

  ofConnections(
    'accepted_total',
    'counter',
    "Connections that the workers' servers have got.",
    (each) => each.accepted,
  ),
  ofConnections(
    'open',
    'gauge',
    'Connections that are open; the sum of the workers in the slot.',
    (each) => each.open,
  ),
  ofConnections(
    'handed_over_total',
    'counter',
    'Connections that the primary has sent to workers.',
    (each) => each.handedOver,
  ),
  ofConnections(
    'taken_back_total',
    'counter',
    'Connections sent to workers and then given to others: the worker was slow, full, closed or dead.',
    (each) => each.takenBack,
  ),

  {
    name: 'grappolo_worker_cpu_seconds_total',
    type: 'counter',
    help: 'CPU time of the workers.',
    labels: ['slot', 'mode'],
    samples: ({ slots }) =>
      slots.filter(hasNumbers).flatMap(({ slot, cells }) => [
        { labels: { slot, mode: 'user' }, value: at(cells, CELLS.cpuUser) },
        { labels: { slot, mode: 'system' }, value: at(cells, CELLS.cpuSystem) },
      ]),
  },
  ofCell('memory_bytes', 'gauge', 'Resident memory; the sum of the workers in the slot.', CELLS.memory),
  ofCell(
    'heap_used_bytes',
    'gauge',
    'JavaScript heap in use; the sum of the workers in the slot.',
    CELLS.heapUsed,
  ),
  ofCell(
    'heap_limit_bytes',
    'gauge',
    "Limit of the JavaScript heap of the slot's youngest worker.",
    CELLS.heapLimit,
  ),
  ofCell(
    'open_fds',
    'gauge',
    'Open file descriptors; the sum of the workers in the slot.',
    CELLS.descriptors,
  ),
  ofCell(
    'eventloop_utilization_ratio',
    'gauge',
    "Part of the last second in which the event loop of the slot's youngest worker was busy.",
    CELLS.utilization,
  ),
  ofCell(
    'eventloop_delay_mean_seconds',
    'gauge',
    "How late timers came in the last second, on average, in the slot's youngest worker.",
    CELLS.delayMean,
  ),
  ofCell(
    'eventloop_delay_p99_seconds',
    'gauge',
    "99th percentile of how late timers came in the last 10 seconds, in the slot's youngest worker.",
    CELLS.delayP99,
  ),
  ofCell(
    'eventloop_delay_max_seconds',
    'gauge',
    'How late a timer came at most in the last second; the largest of the workers in the slot.',
    CELLS.delayMax,
  ),

  {
    name: 'grappolo_http_requests_total',
    type: 'counter',
    help: 'HTTP/1 requests that were answered, by method and class of status.',
    labels: ['slot', 'method', 'status'],
    samples: ({ slots }) => slots.filter(hasNumbers).flatMap(requestSamples),
  },
  {
    name: 'grappolo_http_requests_aborted_total',
    type: 'counter',
    help: 'HTTP/1 requests whose client left before the response had ended.',
    labels: ['slot'],
    samples: ({ slots }) =>
      slots
        .filter(hasNumbers)
        .map(({ slot, cells }) => ({ labels: { slot }, value: at(cells, CELLS.aborted) })),
  },
  {
    name: 'grappolo_http_requests_in_flight',
    type: 'gauge',
    help: 'HTTP/1 requests that are being answered; the sum of the workers in the slot.',
    labels: ['slot'],
    samples: ({ slots }) =>
      slots
        .filter(isMeasured)
        .map(({ slot, cells }) => ({ labels: { slot }, value: at(cells, CELLS.inFlight) })),
  },
  {
    name: 'grappolo_http_request_duration_seconds',
    type: 'histogram',
    help: 'Time from the head of an HTTP/1 request to the end of its response.',
    labels: ['slot'],
    samples: ({ slots }) => slots.filter(hasNumbers).flatMap(durationSamples),
  },

  {
    name: 'grappolo_worker_scrape_up',
    type: 'gauge',
    help: "Whether the slot's workers that expose their program's metrics answered this time; else their last ones are shown.",
    labels: ['slot'],
    samples: ({ program }) => bySlot(program, (workers) => (workers.every(({ isFresh }) => isFresh) ? 1 : 0)),
  },
  {
    name: 'grappolo_worker_snapshot_age_seconds',
    type: 'gauge',
    help: "Age of the metrics of the slot's program. What a worker that is killed counted since its last snapshot is lost.",
    labels: ['slot'],
    samples: ({ program }) =>
      bySlot(program, (workers) => Math.max(...workers.map(({ ageMs }) => ageMs)) / 1000),
  },
  {
    name: 'grappolo_program_series_forgotten_total',
    type: 'counter',
    help: "Sets of labels of the program's metrics that were forgotten, as workers that have ended left too many.",
    labels: [],
    samples: ({ program }) =>
      program?.forgotten === undefined ? [] : [{ labels: {}, value: program.forgotten }],
  },
];

const STATES = ['starting', 'ready', 'draining', 'stopping'] as const;

function at(cells: readonly number[], { at: index }: CellRange): number {
  return cells[index] ?? 0;
}

/** Whether any worker of the slot has ever counted anything: what it had counted stays. */
function hasNumbers({ cells }: SlotReport): boolean {
  return cells.length > 0;
}

/** Whether a worker of the slot lives, so that something can be measured. */
function isMeasured({ ageMs }: SlotReport): boolean {
  return ageMs !== undefined;
}

function ofInstance(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  read: (report: Report) => number,
): Family {
  const samples = (report: Report): MetricSample[] => [{ labels: {}, value: read(report) }];
  return { name: `grappolo_${name}`, type, help, labels: [], samples };
}

function ofListener(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  read: (listener: Report['listeners'][number]) => number,
): Family {
  return {
    name: `grappolo_listener_connections_${name}`,
    type,
    help,
    labels: ['listener'],
    samples: ({ listeners }) =>
      listeners.map((each) => ({ labels: { listener: each.name }, value: read(each) })),
  };
}

/** Of each slot that is to be filled, read from its workers, older generations first. */
function ofWorkers(
  name: string,
  help: string,
  read: (workers: readonly WorkerStatus[]) => number | undefined,
): Family {
  return {
    name: `grappolo_worker_${name}`,
    type: 'gauge',
    help,
    labels: ['slot'],
    samples: ({ status: { slots, workers } }) =>
      Array.from({ length: slots }, (_, slot) => ({
        labels: { slot },
        value: read(workers.filter((worker) => worker.slot === slot)),
      })).filter(isKnown),
  };
}

function ofSlot(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  read: (slot: SlotReport) => number | undefined,
): Family {
  return {
    name: `grappolo_worker_${name}`,
    type,
    help,
    labels: ['slot'],
    samples: ({ slots }) =>
      slots.map((each) => ({ labels: { slot: each.slot }, value: read(each) })).filter(isKnown),
  };
}

function ofCell(name: string, type: 'gauge', help: string, cell: CellRange): Family {
  return ofSlot(name, type, help, (slot) => (isMeasured(slot) ? at(slot.cells, cell) : undefined));
}

function ofConnections(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  read: (connections: ConnectionReport) => number,
): Family {
  return {
    name: `grappolo_worker_connections_${name}`,
    type,
    help,
    labels: ['slot', 'listener'],
    samples: ({ slots }) =>
      slots
        .filter((each) => type === 'counter' || isMeasured(each))
        .flatMap(({ slot, connections }) =>
          connections.map((each) => ({ labels: { slot, listener: each.listener }, value: read(each) })),
        ),
  };
}

/** While a slot's worker is replaced, it has two. */
function bySlot(
  program: ProgramReport | undefined,
  read: (workers: readonly ProgramSnapshot[]) => number,
): MetricSample[] {
  return [...groupBy(program?.workers ?? [], ({ slot }) => String(slot))]
    .toSorted(([one], [other]) => Number(one) - Number(other))
    .map(([slot, workers]) => ({ labels: { slot }, value: read(workers) }));
}

function requestSamples({ slot, cells }: SlotReport): MetricSample[] {
  return METHODS.flatMap((method, row) =>
    STATUS_CLASSES.map((status, column) => ({
      labels: { slot, method, status },
      value: cells[CELLS.requests.at + row * STATUS_CLASSES.length + column] ?? 0,
    })),
  ).filter(({ value }) => value > 0);
}

function durationSamples({ slot, cells }: SlotReport): MetricSample[] {
  const { at: first, length } = CELLS.durations;
  let count = 0;
  const buckets = Array.from({ length }, (_, index): MetricSample => {
    count += cells[first + index] ?? 0;
    const le = index < DURATION_BOUNDS.length ? String(DURATION_BOUNDS[index]) : '+Inf';
    return { suffix: '_bucket', labels: { slot, le }, value: count };
  });
  return [
    ...buckets,
    { suffix: '_sum', labels: { slot }, value: at(cells, CELLS.durationSum) },
    { suffix: '_count', labels: { slot }, value: count },
  ];
}

function isKnown(sample: { labels: { slot: number }; value: number | undefined }): sample is {
  labels: { slot: number };
  value: number;
} {
  return sample.value !== undefined;
}
