import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

import type { Cluster } from '../../src/index.ts';
import type { SupervisedWorker, Supervision, SupervisionTerms } from '../../src/api/supervision.ts';
import type { Pulse } from '../../src/protocol/messages.ts';
import { limitMs } from '../support/limits.ts';
import { inRoot } from '../support/paths.ts';

const { default: cluster } = (await import(inRoot('dist/index.cjs'))) as { default: Cluster };
const { supervisionOf } = (await import(inRoot('.build/src/api/supervision.js'))) as {
  supervisionOf: (of: Cluster) => Supervision | undefined;
};

const DEFAULT_TERMS: SupervisionTerms = { pulseMs: 1000, timeoutMs: limitMs(10_000), idleGraceMs: 100 };

export interface ServingOptions {
  readonly terms?: Partial<SupervisionTerms>;
  readonly env?: NodeJS.ProcessEnv;
  /** Another program of this folder, which says as much. */
  readonly program?: string;
  readonly args?: readonly string[];
}

/** What a worker that runs programs/serving.cjs has said. */
export interface Serving extends SupervisedWorker {
  readonly port: number;
  readonly pid: number;
  readonly said: readonly unknown[][];
  readonly pulses: readonly Pulse[];
  readonly uncaught: readonly string[];
  readonly ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
  readonly isLeaving: () => boolean;
  /** Waits for something that the worker says. */
  hears(what: string, isIt?: (said: unknown[]) => boolean): Promise<unknown[]>;
}

/** Starts programs/serving.cjs as the worker of a supervisor, and waits until it listens. */
export async function serve(t: TestContext, options: ServingOptions = {}): Promise<Serving> {
  const serving = begin(t, options);
  const [, port] = await serving.hears('listening');
  return { ...serving, port: Number(port) };
}

/** The same, without waiting. */
export function begin(
  t: TestContext,
  { terms, env = {}, program = 'serving.cjs', args = [] }: ServingOptions = {},
): Omit<Serving, 'port'> {
  const supervision = supervisionOf(cluster);
  assert(supervision);
  const pulses: Pulse[] = [];
  const uncaught: string[] = [];
  const said: unknown[][] = [];
  let isLeaving = false;
  const supervised = supervision.fork({
    slot: 3,
    env,
    settings: {
      exec: inRoot('test/worker/programs', program),
      args,
      execArgv: [],
      silent: true,
    },
    terms: { ...DEFAULT_TERMS, ...terms },
    events: {
      onReady: () => {},
      onPulse: (pulse) => pulses.push(pulse),
      onUncaught: (stack) => uncaught.push(stack),
      onListenError: () => {},
      onClosed: () => {},
      onMetrics: () => {},
      onLeaving: () => (isLeaving = true),
    },
  });
  const { worker } = supervised;
  worker.process.stdout?.resume();
  worker.process.stderr?.resume();
  const ended = once(worker, 'exit') as Serving['ended'];
  t.after(async () => {
    worker.process.kill('SIGKILL');
    await ended;
    supervision.closeUnused(Infinity);
  });
  worker.on('message', (message) => said.push(message as unknown[]));
  return {
    ...supervised,
    pid: worker.process.pid ?? 0,
    said,
    pulses,
    uncaught,
    ended,
    isLeaving: () => isLeaving,
    async hears(what: string, isIt: (said: unknown[]) => boolean = () => true): Promise<unknown[]> {
      for (;;) {
        const found = said.find((each) => each[0] === what && isIt(each));
        if (found) return found;
        await Promise.race([
          once(worker, 'message'),
          ended.then(() => assert.fail(`it ended before it said ${what}: ${JSON.stringify(said)}`)),
        ]);
      }
    },
  };
}
