/**
 * Checked by the compiler alone: what a program typed for node:cluster may expect, and where these types know more.
 */
// oxlint-disable import/no-named-as-default-member -- programs for node:cluster are written so
import type { ChildProcess } from 'node:child_process';
import type nodeCluster from 'node:cluster';
import type {
  Address as NodeAddress,
  ClusterSettings as NodeClusterSettings,
  Worker as NodeWorker,
} from 'node:cluster';

import cluster, {
  fork,
  isPrimary,
  schedulingPolicy,
  settings,
  setupPrimary,
  worker,
  workers,
} from '../../src/index.ts';
import { Worker } from '../../src/index.ts';
import type {
  Address,
  Cluster,
  ClusterSettings,
  EndReason,
  ListenError,
  WorkerState,
} from '../../src/index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function sure<_T extends true>(): void {}

// Where node:cluster is expected, this one can be given.
export const asNode: typeof nodeCluster = cluster;
export const asNodeWorker: NodeWorker = fork();
export const asNodeWorkers: NodeJS.Dict<NodeWorker> | undefined = cluster.workers;

// Settings written for node:cluster fit.
declare const theirs: NodeClusterSettings;
cluster.setupPrimary(theirs);
cluster.setupPrimary({ exec: 'worker.js', args: ['--use', 'https'], silent: true });
cluster.setupPrimary({ stdio: ['inherit', 'inherit', 'inherit', 'ipc', 3], inspectPort: () => 0 });
export const settingsAsNode: NodeClusterSettings = settings;
// @ts-expect-error no such setting
cluster.setupPrimary({ exe: 'worker.js' });
// @ts-expect-error a list
cluster.setupPrimary({ args: '--x' });
// @ts-expect-error one of two
cluster.setupPrimary({ serialization: 'xml' });

// Events know what their listeners get.
cluster.on('exit', (ended, code, signal) => {
  sure<Equal<typeof ended, Worker>>();
  sure<Equal<typeof code, number>>();
  sure<Equal<typeof signal, string>>();
  sure<Equal<typeof ended.endReason, EndReason | undefined>>();
});
cluster.once('listening', (_worker, address) => sure<Equal<typeof address, Address>>());
cluster.on('setup', (current) => sure<Equal<typeof current, ClusterSettings>>());
cluster.on('listenError', (_worker, error) => sure<Equal<typeof error, ListenError>>());
cluster.on('drop', ({ address, waiting, dropped }) => {
  sure<Equal<typeof address, Address>>();
  sure<Equal<typeof waiting, number>>();
  sure<Equal<typeof dropped, number>>();
});
// @ts-expect-error no such event
cluster.on('listenning', () => {});
// @ts-expect-error 'fork' has a worker only
cluster.on('fork', (_worker: Worker, _code: number) => {});
// @ts-expect-error the worker comes first
cluster.on('exit', (_code: number) => {});
// @ts-expect-error 'online' needs its worker
cluster.emit('online');

const one = cluster.fork({ ANY: 'thing', COUNT: 1 });
one.on('listening', (address) => sure<Equal<typeof address, Address>>());
one.on('exit', (code, signal) => {
  sure<Equal<typeof code, number | null>>();
  sure<Equal<typeof signal, NodeJS.Signals | null>>();
});
// @ts-expect-error no such event
one.on('died', () => {});
// @ts-expect-error 'disconnect' has no arguments
one.on('disconnect', (_reason: string) => {});

// The parts of a worker.
sure<Equal<typeof one, Worker>>();
sure<Equal<typeof one.id, number>>();
sure<Equal<typeof one.process, ChildProcess>>();
sure<Equal<typeof one.state, WorkerState>>();
sure<Equal<typeof one.exitedAfterDisconnect, boolean>>();
sure<Equal<ReturnType<typeof one.disconnect>, Worker>>();
one.kill();
one.kill('SIGKILL');
one.destroy('SIGINT');
one.send({ any: 'thing' }, (error) => sure<Equal<typeof error, Error | null>>());
export const made: Worker = new Worker({ id: 3, state: 'online' });
export const called: Worker = Worker.call({}, { id: 3 });
// @ts-expect-error no such state
export const unmade: Worker = new Worker({ state: 'asleep' });

// The same by name.
sure<Equal<typeof cluster, Cluster>>();
sure<Equal<typeof fork, Cluster['fork']>>();
sure<Equal<typeof setupPrimary, Cluster['setupPrimary']>>();
sure<Equal<typeof isPrimary, boolean>>();
sure<Equal<typeof schedulingPolicy, number>>();
sure<Equal<typeof worker, Worker | undefined>>();
sure<Equal<typeof workers, NodeJS.Dict<Worker> | undefined>>();

// What node:cluster calls an address is one here.
declare const theirAddress: NodeAddress;
export const ourAddress: Address = theirAddress;
