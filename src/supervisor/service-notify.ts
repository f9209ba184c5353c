import type { StartFailure, SupervisorEvent, SupervisorStatus } from '../api/supervisor.ts';
import {
  EXTENSION_MS,
  INITIAL_SERVICE,
  NOTIFY_VARIABLES,
  servicePlanOf,
  serviceStep,
} from '../core/service-messages.ts';
import type { ServiceEvent, ServicePlan } from '../core/service-messages.ts';
import { own } from '../own.ts';
import { NotifySocket } from '../system/notify-socket.ts';
import { endText } from './end-text.ts';

/** A new sentence is told at most so often. */
const STATUS_MS = 1000;

let taken: { readonly plan: ServicePlan | undefined } | undefined;

/** What the service manager wants to hear. The variables that say so are gone from then on: child processes are not to speak. */
export function takeServicePlan(): ServicePlan | undefined {
  if (taken) return taken.plan;
  taken = { plan: servicePlanOf(process.env, process.pid) };
  for (const name of NOTIFY_VARIABLES) delete process.env[name];
  return taken.plan;
}

/** Tells a service manager how a supervisor is: that it is ready, reloads, stops, and lives. */
export class ServiceNotify {
  readonly #socket: NotifySocket;
  readonly #status: () => SupervisorStatus;
  #state = INITIAL_SERVICE;
  #later: NodeJS.Timeout | undefined;
  #draining: NodeJS.Timeout | undefined;
  readonly #alive: NodeJS.Timeout | undefined;

  constructor({ socket, aliveMs }: ServicePlan, status: () => SupervisorStatus) {
    this.#socket = new NotifySocket(socket);
    this.#status = status;
    if (aliveMs !== undefined) this.#alive = own.setInterval(() => this.#tellAlive(), aliveMs).unref();
  }

  hear(event: SupervisorEvent): void {
    switch (event.type) {
      case 'ready':
      case 'reload-done':
        this.#tell({ type: event.type });
        return;
      case 'reload-started':
        this.#tell({ type: event.type, monotonicUs: process.hrtime.bigint() / 1000n });
        return;
      case 'reload-failed':
        this.#tell({ type: event.type, reason: failureText(event.failure) });
        return;
      case 'stopping':
        this.#stop();
        return;
      case 'stopped':
        this.#close();
        return;
      default:
        this.#later ??= own.setTimeout(() => this.#tellChange(), STATUS_MS).unref();
    }
  }

  #tellChange(): void {
    this.#later = undefined;
    if (this.#state.phase !== 'starting') this.#tell({ type: 'changed' });
  }

  #stop(): void {
    this.#tell({ type: 'stopping' });
    this.#draining ??= own.setInterval(() => this.#tell({ type: 'draining' }), EXTENSION_MS / 2).unref();
  }

  #tell(event: ServiceEvent): void {
    const { state, message } = serviceStep(this.#state, event, this.#status());
    this.#state = state;
    if (message) this.#socket.send(message);
  }

  /** That this runs says that the loop turns; it must be of use to somebody, too. */
  #tellAlive(): void {
    if (this.#status().ready > 0) this.#socket.send(['WATCHDOG=1']);
  }

  #close(): void {
    own.clearTimeout(this.#later);
    own.clearInterval(this.#draining);
    own.clearInterval(this.#alive);
    this.#socket.close();
  }
}

function failureText({ worker, reason }: StartFailure): string {
  return `the new worker in slot ${worker.slot} ${endText(reason)}`;
}
