import { FleetError } from '../errors.ts';
import { readStatus } from '../host/status-record.ts';
import { LeaseHolder } from '../machines/lease-holder.ts';
import { Performer } from '../machines/performer.ts';
import type { EngineCall } from '../protocol/calls.ts';
import { HEALTH_TERMS, HEALTH_WINDOW_MS } from '../protocol/health.ts';
import type { HostView } from '../protocol/roster.ts';
import {
  openRollout,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutSettings,
  type RolloutState,
  rolloutTransition,
  rolloutWakeMs,
} from '../protocol/rollout.ts';
import { driverSubject } from '../protocol/rollout-messages.ts';
import type { Outcome } from '../protocol/rollout-outcome.ts';
import type { RosterHost } from '../protocol/rollout-plan.ts';
import type { RolloutRecord } from '../protocol/rollout-record.ts';
import { readRoster } from './read-roster.ts';
import type { Session } from './run.ts';

const CALL_MS = 2000;
const POLL_MS = 1000;
/** A step is a host's own reload, which has limits of its own. */
const STEP_MS = 600_000;
/** So many times in a row a host must be worse, of which all but three may be one moment in its figures. */
const PATIENCE = HEALTH_WINDOW_MS / POLL_MS + 3;
/** In so many TTLs whoever has the lease is known, or nobody has it. */
const WAIT_TTLS = 4;

export type Wish = Pick<
  RolloutSettings,
  'intent' | 'action' | 'maxUnavailable' | 'soakMs' | 'forget' | 'only'
>;

export interface Driven {
  readonly outcome: Outcome;
  /** The last that was known of it. */
  readonly record: RolloutRecord | undefined;
}

export interface DriveListeners {
  readonly onProgress: (record: RolloutRecord) => void;
  /** It begins so much later, since the engine is new. */
  readonly onWaiting: (ms: number) => void;
}

/** Drives a rollout, its own or one whose driver has died, for as long as it holds the lease. */
export async function drive(session: Session, wish: Wish, listeners: DriveListeners): Promise<Driven> {
  const driver = new Driver(session, wish, listeners);
  try {
    return await driver.ended;
  } finally {
    await driver.close();
  }
}

class Driver {
  readonly ended: Promise<Driven>;
  readonly #session: Session;
  readonly #rollout: Performer<RolloutState, RolloutEvent, RolloutEffect>;
  readonly #lease: LeaseHolder;
  readonly #closing: (() => void)[] = [];
  readonly #listeners: DriveListeners;
  #end: (driven: Driven) => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;
  #record: RolloutRecord | undefined;
  #rosters = 0;

  constructor(session: Session, wish: Wish, listeners: DriveListeners) {
    const { engine, runtime, ttlMs, me } = session;
    this.#session = session;
    this.#listeners = listeners;
    this.ended = new Promise<Driven>((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    const settings = {
      ...wish,
      me,
      health: HEALTH_TERMS,
      patience: PATIENCE,
      pollMs: POLL_MS,
      silentMs: ttlMs,
      stepMs: STEP_MS,
      callMs: CALL_MS,
    };
    // What the engine refuses it refuses at each try.
    const onError = (error: unknown) => this.#fail(error);
    this.#rollout = new Performer(engine, runtime, openRollout(settings), {
      transition: rolloutTransition,
      wakeMs: rolloutWakeMs,
      perform: (effect) => this.#perform(effect),
      onError,
    });
    const listening = engine.listen(driverSubject(me), () => {
      this.#rollout.handle({ type: 'abort' });
      return true;
    });
    const terms = { name: 'rollout', me, ttlMs, callMs: CALL_MS, tryMs: ttlMs / 4 };
    this.#lease = new LeaseHolder(engine, runtime, terms, {
      onHeld: (term, untilMs) => this.#rollout.handle({ type: 'lease-held', term, untilMs }),
      onLost: (reason) =>
        this.#rollout.handle({ type: 'lease-lost', isForgotten: reason === 'forgotten by the engine' }),
      onWaiting: (untilMs) => listeners.onWaiting(untilMs - runtime.nowMs()),
      onTaken: (holder, revision) => this.#rollout.handle({ type: 'lease-taken', holder, revision }),
      onError,
    });
    const cancel = runtime.after(WAIT_TTLS * ttlMs, () => this.#checkBegun());
    this.#closing.push(() => listening.stop(), cancel);
  }

  async close(): Promise<void> {
    for (const close of this.#closing) close();
    this.#rollout.stop();
    await this.#lease.release();
  }

  #perform(effect: Exclude<RolloutEffect, EngineCall>): void {
    switch (effect.type) {
      case 'read-roster':
        void this.#readRoster();
        break;
      case 'tell-progress':
        this.#record = effect.record;
        this.#listeners.onProgress(effect.record);
        break;
      case 'tell-ended':
        this.#end({ outcome: effect.outcome, record: this.#record });
        break;
      default:
        effect satisfies never;
    }
  }

  async #readRoster(): Promise<void> {
    try {
      while (this.#rollout.state.phase === 'planning') {
        this.#rosters += 1;
        const view = await readRoster(this.#session, `${this.#session.me}-${this.#rosters}`);
        if (!view) continue;
        this.#rollout.handle({ type: 'roster', hosts: view.hosts.flatMap(rosterHost) });
        return;
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #checkBegun(): void {
    if (this.#rollout.state.phase !== 'waiting') return;
    this.#fail(
      new FleetError(
        'ERR_FLEET_ENGINE_LOST',
        'Cannot begin: the engine has not said in time who drives. Nothing was done; try again when it is back',
      ),
    );
  }
}

/** A record that cannot be read is of a host that could not be ordered. */
function rosterHost({ host, state, status }: HostView): readonly RosterHost[] {
  const known = readStatus(status);
  if (!known) return [];
  const { instance, busy } = known;
  return [{ host, instance, busy: busy ?? undefined, isSilent: state !== 'known' }];
}
