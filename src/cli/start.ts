import { offerFleet } from '../api/offer-fleet.ts';
import { GrappoloError } from '../core/errors.ts';
import cluster from '../this-cluster.ts';
import type { Supervisor, SupervisorEvent } from '../index.ts';
import { checkReach, parseOpsAddress } from '../ops/address.ts';
import { readTokenFile } from '../ops/token-file.ts';
import { DEFAULT_READY_TIMEOUT_MS } from '../supervisor/options.ts';
import type { PoolSupervisor } from '../supervisor/pool-supervisor.ts';
import { openSupervisor } from '../supervisor/supervise.ts';
import { ControlServer } from './control/server.ts';
import { FleetMember } from './fleet.ts';
import type { FleetInstance } from './fleet-package.ts';
import { ListenHint } from './listen-hint.ts';
import { ownPrimaryHint } from './own-primary.ts';
import { Reporter } from './reporter.ts';
import type { Signals } from './signals.ts';
import { superviseOptions } from './start-request.ts';
import type { StartRequest } from './start-request.ts';
import { colorEnvironment } from './worker-colors.ts';

/** Called wrongly. */
export const EXIT_MISUSE = 2;

/** Runs a program on workers until it is stopped, and gives the command's exit code. */
export async function start(request: StartRequest, signals: Signals): Promise<number> {
  let supervisor: PoolSupervisor | undefined;
  const reporter = new Reporter({
    stdout: process.stdout,
    stderr: process.stderr,
    format: request.log,
    env: process.env,
    status: () => supervisor?.status(),
  });
  const wrong = wrongOps(request);
  if (wrong !== undefined) {
    reporter.error(wrong);
    reporter.close();
    return EXIT_MISUSE;
  }
  let control: ControlServer | undefined;
  let listenHint: ListenHint | undefined;
  let member: FleetMember | undefined;
  const ending = new Ending();
  try {
    control = await openControl(request.name, reporter);
    const primaryHint = ownPrimaryHint(request.file);
    if (primaryHint !== undefined) reporter.note(primaryHint);
    listenHint = listenHintFor(request, reporter);
    const options = superviseOptions(request);
    member = FleetMember.of(request, reporter, process.env);
    // Workers know from their start whether there is a fleet.
    if (member) offerFleet(cluster, member.link);
    if (signals.isStopped) return 0;
    const opening = openSupervisor(cluster, {
      ...options,
      env: { ...workerColors(request, options.env), ...options.env },
      onEvent: (event) => {
        ending.hear(event);
        listenHint?.hear(event);
        member?.hear(event);
        reporter.event(event);
      },
      onOutput: (line) => reporter.output(line),
    });
    supervisor = await unlessStopped(opening, signals);
    if (!supervisor) return 0;
    control?.serve(supervisor);
    obeySignals(signals, supervisor, ending, reporter);
    supervisor.fleetSource = member;
    member?.join(fleetInstance(supervisor));
    await supervisor.closed;
  } catch (error) {
    if (!(error instanceof GrappoloError)) throw error;
    reporter.error(error.message);
    ending.exitCode = 1;
  } finally {
    listenHint?.close();
    await control?.close();
    await member?.leave(ending.force);
    reporter.close();
  }
  // A signal may still have come.
  return ending.exitCode;
}

/** What is wrong with the operations address that is asked for, whoever may listen there; found before anything is started. */
function wrongOps({ ops, opsAllowRemote = false, opsTokenFile }: StartRequest): string | undefined {
  if (ops === undefined) return undefined;
  try {
    checkReach(parseOpsAddress(ops), {
      allowRemote: opsAllowRemote,
      hasToken: opsTokenFile !== undefined,
    });
    if (opsTokenFile !== undefined) readTokenFile(opsTokenFile);
    return undefined;
  } catch (error) {
    if (!(error instanceof GrappoloError)) throw error;
    return error.message;
  }
}

/** `undefined` where a signal came first that ends: no worker has been started by then. */
async function unlessStopped(
  opening: Promise<PoolSupervisor>,
  signals: Signals,
): Promise<PoolSupervisor | undefined> {
  const first = await Promise.race([opening, signals.stopped]);
  if (first !== 'stopped') return first;
  // The same signal may have ended what it waits for.
  opening.then(
    (late) => late.kill(),
    () => {},
  );
  return undefined;
}

function fleetInstance(supervisor: PoolSupervisor): FleetInstance {
  return {
    status: () => supervisor.status(),
    report: () => supervisor.report(false),
    reload: () => supervisor.reload(),
    scale: (workers) => supervisor.scale(workers),
    close: () => supervisor.close(),
  };
}

function listenHintFor(request: StartRequest, reporter: Reporter): ListenHint | undefined {
  const { file, ready = 'listening', readyTimeout = DEFAULT_READY_TIMEOUT_MS } = request;
  if (ready !== 'listening') return undefined;
  return new ListenHint({ file, timeoutMs: readyTimeout, tell: (text) => reporter.note(text) });
}

/** How the command ends: well, unless its program cannot run or somebody has lost patience. */
class Ending {
  exitCode = 0;
  readonly #force = new AbortController();

  /** Aborted when nothing more is to be waited for. */
  get force(): AbortSignal {
    return this.#force.signal;
  }

  hear({ type }: SupervisorEvent): void {
    if (type === 'gave-up') this.exitCode = 1;
  }

  forceWith(exitCode: number): void {
    this.exitCode = exitCode;
    this.#force.abort();
  }
}

/** JSON is for machines. */
function workerColors({ log }: StartRequest, own: NodeJS.ProcessEnv | undefined): NodeJS.ProcessEnv {
  return log === 'json' ? {} : colorEnvironment(process.stdout, process.env, own);
}

/** Without a control socket a program can still be run; but not under a name that another has. */
async function openControl(name: string, reporter: Reporter): Promise<ControlServer | undefined> {
  try {
    return await ControlServer.open({
      name,
      onRefused: (reason) => reporter.error(`control request refused: ${reason}`),
    });
  } catch (error) {
    if (!(error instanceof GrappoloError) || error.code === 'ERR_GRAPPOLO_NAME_TAKEN') throw error;
    reporter.error(`${error.message}; other commands cannot reach this one`);
    return undefined;
  }
}

function obeySignals(signals: Signals, supervisor: Supervisor, ending: Ending, reporter: Reporter): void {
  // That it fails is told by an event, or by what the error says.
  const attempt = (deed: Promise<void>): void =>
    void deed.catch((error: unknown) => {
      if (error instanceof GrappoloError && REFUSALS.includes(error.code)) reporter.error(error.message);
    });
  signals.obey({
    stop: (signal) => {
      reporter.note(`${signal}: a second signal, after half a second or more, ends all at once`);
      attempt(supervisor.close());
    },
    force: (exitCode, signal) => {
      if (!ending.force.aborted) reporter.note(`a second signal, ${signal}: all end at once`);
      ending.forceWith(exitCode);
      supervisor.kill();
    },
    reload: () => attempt(supervisor.reload()),
    scaleBy: (count) => {
      const workers = supervisor.status().slots + count;
      if (workers >= 1) attempt(supervisor.scale(workers));
      else reporter.note('the only worker stays');
    },
  });
}

const REFUSALS: readonly string[] = ['ERR_GRAPPOLO_BUSY', 'ERR_GRAPPOLO_CLOSED'];
