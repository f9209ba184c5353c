import type { Engine, Json, Listening } from '../engine/engine.ts';
import { FleetError } from '../errors.ts';
import type { FleetInstance, FleetOptions, FleetView } from '../host.ts';
import { Performer } from '../machines/performer.ts';
import { RosterReader } from '../machines/roster-reader.ts';
import { type Runtime, within } from '../machines/runtime.ts';
import {
  type HeartbeatEffect,
  type HeartbeatEvent,
  heartbeatTransition,
  type HeartbeatState,
  openHeartbeat,
} from '../protocol/heartbeat.ts';
import type { EngineCall } from '../protocol/calls.ts';
import {
  busyWith,
  type HostEffect,
  type HostEvent,
  type HostState,
  hostTransition,
  openHost,
} from '../protocol/rollout-host.ts';
import { hostSubject, type Reply } from '../protocol/rollout-messages.ts';
import type { Action } from '../protocol/rollout-record.ts';
import { HealthWindow } from './health-window.ts';
import { readNumbers } from './report-numbers.ts';
import type { HostStatus } from './status-record.ts';
import type { Troubles } from './troubles.ts';

export interface MemberParts {
  /** The fleet's own view of it. */
  readonly engine: Engine;
  readonly runtime: Runtime;
  readonly ttlMs: number;
  readonly troubles: Troubles;
  readonly instance: FleetInstance;
}

export interface Identity {
  readonly host: string;
  readonly instance: string;
  readonly sinceMs: number;
  readonly version: FleetOptions['version'];
}

const MEMBER_MS = 600_000;
const CALL_MS = 2000;
/** How often the instance is looked at; a driver asks each second, and gets no older figures. */
const SAMPLE_MS = 1000;
/** So long a report may take before an answer goes out with the figures before it. */
const REPORT_MS = 1000;
/** So long a host that was told to stop waits for its driver to hear that it has. */
const FAREWELL_MS = 3000;
/** Whoever stops asking for the view is no longer told of each heartbeat. */
const VIEW_MS = 60_000;

/** A host in a fleet whose engine has been opened. */
export class Member {
  readonly #parts: MemberParts;
  readonly #identity: Identity;
  readonly #heartbeat: Performer<HeartbeatState, HeartbeatEvent, HeartbeatEffect>;
  readonly #rollouts: Performer<HostState, HostEvent, HostEffect>;
  readonly #listening: Listening;
  readonly #window = new HealthWindow();
  readonly #replies = new Map<number, (reply: Reply) => void>();
  #lastReply = 0;
  #load: number | undefined;
  #version: { readonly generation: number; readonly text: string | undefined } | undefined;
  #told = '';
  /** Another process that is alive under this host's name. */
  #namesake: string | undefined;
  /** Aborted when the driver has been told that this host has stopped. */
  #farewell: AbortController | undefined;
  #roster: { readonly reader: RosterReader; cancel: () => void } | undefined;
  #cancelSample: () => void = () => undefined;
  #hasLeft = false;

  constructor(parts: MemberParts, identity: Identity) {
    this.#parts = parts;
    this.#identity = identity;
    const { engine, runtime, ttlMs, troubles } = parts;
    const { host, instance } = identity;
    const onError = (error: unknown) => troubles.tell(error);
    this.#rollouts = new Performer(engine, runtime, openHost({ host, instance, callMs: CALL_MS }), {
      transition: hostTransition,
      wakeMs: () => Infinity,
      perform: (effect) => this.#perform(effect),
      onState: () => this.#tellStatus(),
      onError,
    });
    const settings = { host, instance, everyMs: ttlMs * 0.3, memberMs: MEMBER_MS };
    const first = openHeartbeat(settings, this.#status(), runtime.nowMs());
    this.#heartbeat = new Performer(engine, runtime, first, {
      transition: heartbeatTransition,
      wakeMs: ({ nextMs }) => nextMs,
      perform: ({ instance: namesake }) => this.#onNamesake(namesake),
      onError,
    });
    this.#listening = engine.listen(hostSubject(host), (message) => this.#asked(message));
    void this.#sample();
  }

  /** The engine is there again, or not. */
  changed(isUp: boolean): void {
    this.#roster?.reader.changed(isUp);
    if (isUp) this.#heartbeat.handle({ type: 'engine-up' });
  }

  view(): FleetView {
    if (this.#hasLeft) return { fleet: 'unknown', hosts: [] };
    const { engine, runtime, ttlMs, troubles } = this.#parts;
    this.#roster?.cancel();
    const roster = this.#roster ?? {
      reader: new RosterReader(
        engine,
        runtime,
        { me: this.#identity.instance, ttlMs },
        { onComplete: () => undefined, onError: (error) => troubles.tell(error) },
      ),
      cancel: () => undefined,
    };
    roster.cancel = runtime.after(VIEW_MS, () => this.#closeRoster());
    this.#roster = roster;
    const { fleet, isComplete, hosts } = roster.reader.view;
    return { fleet: isComplete ? fleet : 'unknown', hosts };
  }

  async leave(): Promise<void> {
    const { engine, runtime } = this.#parts;
    if (this.#farewell) await within(runtime, FAREWELL_MS, aborted(this.#farewell.signal));
    this.#hasLeft = true;
    this.#cancelSample();
    this.#closeRoster();
    this.#listening.stop();
    this.#rollouts.stop();
    this.#heartbeat.stop();
    // The last words are awaited here, which the machine's own effects are not.
    const { effects } = heartbeatTransition(this.#heartbeat.state, {
      type: 'leave',
      nowMs: runtime.nowMs(),
      chance: 0,
    });
    const deletes = effects.map(async (effect) => {
      if (effect.type === 'put') await engine.put(effect.bucket, effect.key, effect.value);
    });
    // Where the engine is away, the host is missed for a day, as one that was lost is.
    await within(runtime, CALL_MS, Promise.allSettled(deletes));
    // That it is away from now on is no news.
    engine.onChange = undefined;
    await engine.close();
  }

  #closeRoster(): void {
    this.#roster?.cancel();
    this.#roster?.reader.close();
    this.#roster = undefined;
  }

  async #asked(message: Json): Promise<Json | undefined> {
    const { runtime } = this.#parts;
    if (runtime.nowMs() - this.#window.atMs > SAMPLE_MS) await this.#read();
    if (this.#hasLeft) return undefined;
    this.#lastReply += 1;
    const to = this.#lastReply;
    const answer = new Promise<Reply>((resolve) => {
      this.#replies.set(to, resolve);
      // One that was asked again meanwhile is answered there.
      this.#replies.delete(to - 16);
    });
    const { ready, slots } = this.#parts.instance.status();
    const health = this.#window.health(ready, slots);
    this.#rollouts.handle({ type: 'asked', to, message, health });
    return answer;
  }

  #perform(effect: Exclude<HostEffect, EngineCall>): void {
    switch (effect.type) {
      case 'reply':
        this.#replies.get(effect.to)?.(effect.message);
        this.#replies.delete(effect.to);
        if (effect.message.state === 'done') this.#farewell?.abort();
        break;
      case 'act':
        void this.#act(effect.rollout, effect.action);
        break;
      default:
        effect satisfies never;
    }
  }

  async #act(rollout: string, action: Action): Promise<void> {
    if (action.kind === 'stop') this.#farewell = new AbortController();
    try {
      await doAction(this.#parts.instance, action);
      this.#rollouts.handle({ type: 'acted', rollout, isDone: true, reason: '' });
    } catch (error) {
      this.#farewell = undefined;
      this.#rollouts.handle({ type: 'acted', rollout, isDone: false, reason: reasonOf(error) });
    }
  }

  /** Looks at the instance again and again, and tells at once what others wait for. */
  async #sample(): Promise<void> {
    const { runtime, troubles } = this.#parts;
    try {
      await this.#read();
      if (!this.#hasLeft) this.#tellStatus();
    } catch (error) {
      // The program's own instance may throw.
      troubles.tell(error);
    }
    if (!this.#hasLeft) this.#cancelSample = runtime.after(SAMPLE_MS, () => void this.#sample());
  }

  async #read(): Promise<void> {
    const { runtime, instance, troubles } = this.#parts;
    if (!instance.report) return;
    try {
      const report = await within(runtime, REPORT_MS, instance.report());
      const numbers = readNumbers(report);
      if (!numbers) return;
      this.#load = numbers.utilization;
      this.#window.add(runtime.nowMs(), numbers);
    } catch (error) {
      // While it starts or ends it has none.
      if (instance.status().phase === 'running') troubles.tell(error);
    }
  }

  #tellStatus(): void {
    const status = this.#status();
    const { busy, phase, generation, ready, wanted, namesake } = status;
    const urgent = [busy, phase, generation, ready, wanted, namesake].join(' ');
    const isUrgent = urgent !== this.#told;
    this.#told = urgent;
    this.#heartbeat.handle({ type: 'status', status, isUrgent });
  }

  #onNamesake(namesake: string | undefined): void {
    const { troubles } = this.#parts;
    const { host, instance } = this.#identity;
    this.#namesake = namesake;
    this.#tellStatus();
    if (namesake === undefined) return troubles.over('ERR_FLEET_HOST_NAME_TAKEN');
    troubles.tell(
      new FleetError(
        'ERR_FLEET_HOST_NAME_TAKEN',
        `Cannot be told apart as host '${host}': another process that is alive, ${namesake}, calls itself so as well as this one, ${instance}. Give one of them another name`,
      ),
    );
  }

  #status(): HostStatus {
    const { phase, ready, slots, generation } = this.#parts.instance.status();
    const { instance, sinceMs } = this.#identity;
    if (this.#version?.generation !== generation) this.#version = { generation, text: this.#askVersion() };
    return {
      instance,
      busy: busyWith(this.#rollouts.state) ?? null,
      version: this.#version.text ?? null,
      phase,
      generation,
      ready,
      wanted: slots,
      load: this.#load === undefined ? null : Number(this.#load.toFixed(2)),
      requestsPerSecond: this.#window.requestsPerSecond ?? null,
      sinceMs,
      namesake: this.#namesake ?? null,
    };
  }

  /** The function is the program's: where it throws, the host has no version, and is a host all the same. */
  #askVersion(): string | undefined {
    const { version } = this.#identity;
    try {
      return typeof version === 'function' ? version() : version;
    } catch (error) {
      this.#parts.troubles.tell(error);
      return undefined;
    }
  }
}

async function doAction(instance: FleetInstance, action: Action): Promise<void> {
  switch (action.kind) {
    case 'reload':
      return instance.reload();
    case 'scale':
      return instance.scale(action.workers);
    case 'stop':
      return instance.close();
    default:
      return action satisfies never;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as Error & { code?: unknown };
  return typeof code === 'string' ? `${error.message} (${code})` : error.message;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
