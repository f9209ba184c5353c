// A fleet in virtual time: hosts, drivers and an engine, that speak by a network with faults. It runs the protocol's own modules.
import { heartbeatTransition, openHeartbeat } from '../../.build/packages/fleet/src/protocol/heartbeat.js';
import { HEALTH_TERMS } from '../../.build/packages/fleet/src/protocol/health.js';
import { leaseTransition, leaseWakeMs, openLease } from '../../.build/packages/fleet/src/protocol/lease.js';
import { busyWith, hostTransition, openHost } from '../../.build/packages/fleet/src/protocol/rollout-host.js';
import {
  openRollout,
  rolloutTransition,
  rolloutWakeMs,
} from '../../.build/packages/fleet/src/protocol/rollout.js';
import { openRoster, rosterTransition, rosterView } from '../../.build/packages/fleet/src/protocol/roster.js';
import { SimulatedEngine } from './engine.js';
import { EventQueue, randomOf } from './events.js';
import { Invariants } from './invariants.js';
import { Machine } from './machine.js';

export const TTL_MS = 10_000;
const CALL_MS = 2000;
const TTLS = { leases: TTL_MS, heartbeats: TTL_MS, members: 86_400_000 };
const HEALTHY = { ready: 4, wanted: 4, requests: 1000, errorRate: 0, p99Ms: 20 };

const CALM = { loss: 0, late: 0, rateError: 0, stepFails: 0 };

/** `plants`: faults of the protocol itself, by name, to see that they are found. */
export class World {
  events = new EventQueue();
  drivers = new Set();
  hosts = [];
  outcomes = [];
  #faults;
  #plants;
  #settings;
  #started = 0;

  constructor({
    seed,
    faults = CALM,
    plants = {},
    tryMs = TTL_MS / 4,
    callMs = CALL_MS,
    stepMs,
    soakMs = 3000,
    hasHeartbeats = true,
  }) {
    this.random = randomOf(seed);
    this.#faults = faults;
    this.#plants = plants;
    this.#settings = { tryMs, callMs, stepMs, soakMs, hasHeartbeats };
    const network = {
      delayMs: () => this.#delayMs(),
      toEngine: (process, arrive) => this.#travel(process, arrive, process.isAlive),
      fromEngine: (process, arrive) => this.#travel(process, () => this.#whenAwake(process, arrive), true),
    };
    // Orders alone may be very late.
    network.deliver = (process, message, arrive) => {
      const isLate = message.type === 'order' && this.random() < (faults.lateOrders ?? 0);
      const go = () => network.fromEngine(process, arrive);
      if (isLate) this.events.after(10_000 + this.random() * 50_000, go);
      else go();
    };
    this.engine = new SimulatedEngine({
      events: this.events,
      network,
      ttls: hasHeartbeats ? TTLS : { ...TTLS, heartbeats: Infinity },
      rate: this.#rate(),
    });
    if (plants.noEpoch) this.engine.kept = ['epoch', 'open.'];
    this.invariants = new Invariants(this.events, this.engine);
  }

  /** A host starts, or starts again as another process; `isCandidate`: it wants to be the fleet's leader. */
  startHost(name, { isCandidate = false } = {}) {
    const process = this.#process(`${name}_${(this.#started += 1)}`);
    const instance = process.id;
    const { callMs, hasHeartbeats } = this.#settings;
    process.host = name;
    process.isCandidate = isCandidate;
    const status = () => ({ instance, busy: busyWith(process.host_.state) ?? null });
    const replies = new Map();
    let lastReply = 0;
    process.host_ = new Machine(this, process, {
      transition: (state, event) => this.#plantedHost(state, event),
      state: openHost({ host: name, instance, callMs }),
      wakeMs: () => Infinity,
      perform: (effect, machine) => {
        if (effect.type === 'reply') {
          replies.get(effect.to)?.(effect.message);
          replies.delete(effect.to);
        } else this.#act(process, machine, effect.rollout, status);
      },
    });
    process.heartbeat = new Machine(this, process, {
      transition: (state, event) => {
        // So that whoever asks may know of it in this life of the engine.
        if (event.type === 'written' && process.heard?.life !== event.life)
          process.heard = { life: event.life, atMs: this.events.nowMs };
        return heartbeatTransition(state, event);
      },
      state: openHeartbeat(
        { host: name, instance, everyMs: 3000, memberMs: 600_000 },
        status(),
        process.nowMs() + this.random() * 3000,
      ),
      wakeMs: ({ nextMs, nextMemberMs }) => (hasHeartbeats || nextMemberMs <= nextMs ? nextMs : Infinity),
      perform: (effect) => this.invariants.namesake(process, effect.instance),
    });
    this.engine.listen(process, `host.${name}`, (message, answer) => {
      lastReply += 1;
      replies.set(lastReply, answer);
      process.host_.handle({ type: 'asked', to: lastReply, message, health: HEALTHY });
    });
    if (isCandidate) {
      process.leader = this.#lease(process, 'leader', () => {});
      process.leader.handle({ type: 'want' });
    }
    this.hosts.push(process);
    return process;
  }

  /** Somebody reloads the fleet, or aborts that. */
  startDriver({ intent = 'drive', maxUnavailable = 1, onEnd = () => {} } = {}) {
    const process = this.#process(`driver_${(this.#started += 1)}`);
    const { callMs, soakMs } = this.#settings;
    process.maxUnavailable = maxUnavailable;
    process.rollout = new Machine(this, process, {
      transition: rolloutTransition,
      state: openRollout({
        me: process.id,
        intent,
        action: { kind: 'reload' },
        maxUnavailable,
        soakMs,
        health: HEALTH_TERMS,
        patience: 3,
        pollMs: 1000,
        silentMs: TTL_MS,
        stepMs: 600_000,
        callMs,
        forget: [],
      }),
      wakeMs: rolloutWakeMs,
      plant: (state, before) => this.#plantDriver(state, before),
      perform: (effect, machine) => {
        if (effect.type === 'read-roster') this.#readRoster(process, machine);
        else if (effect.type === 'tell-progress') this.invariants.progress(effect.record, process.rosterAtMs);
        else {
          this.outcomes.push(effect.outcome);
          process.leader.handle({ type: 'release' });
          this.drivers.delete(process);
          onEnd(effect.outcome);
        }
      },
    });
    this.engine.listen(process, `driver.${process.id}`, () => process.rollout.handle({ type: 'abort' }));
    process.leader = this.#lease(process, 'rollout', (event) => process.rollout.handle(event));
    process.leader.handle({ type: 'want' });
    this.drivers.add(process);
    return process;
  }

  kill(process) {
    process.isAlive = false;
    this.invariants.died(process);
    this.drivers.delete(process);
    this.hosts = this.hosts.filter((each) => each !== process);
  }

  cut(process, forMs) {
    process.isCut = true;
    process.cutMs = this.events.nowMs;
    const { nowMs } = this.events;
    this.events.after(forMs, () => {
      if (process.cutMs !== nowMs) return;
      process.isCut = false;
      process.heartbeat?.handle({ type: 'engine-up' });
    });
  }

  /** The process sleeps: what arrives, and its timers, wait for it; its clock does not. */
  stall(process, forMs) {
    process.stalledUntilMs = Math.max(process.stalledUntilMs, this.events.nowMs + forMs);
  }

  restartEngine(downMs) {
    this.engine.restart(downMs);
    this.events.after(downMs, () => {
      for (const host of this.hosts) host.heartbeat.handle({ type: 'engine-up' });
    });
  }

  /** What `status` does; gives when all was told, by the real time. */
  readStatus(onComplete) {
    const process = this.#process(`status_${(this.#started += 1)}`);
    this.#roster(process, onComplete);
  }

  #process(id) {
    const rate = this.#rate();
    const offsetMs = Math.floor(this.random() * 1e6);
    const { events } = this;
    return {
      id,
      isAlive: true,
      isCut: false,
      stalledUntilMs: 0,
      wallSkewMs: (this.random() - 0.5) * 2000,
      nowMs: () => offsetMs + events.nowMs * rate,
      realMs: (localMs) => (localMs - offsetMs) / rate,
    };
  }

  #rate() {
    return 1 + (this.random() * 2 - 1) * this.#faults.rateError;
  }

  #lease(process, name, tell) {
    const { tryMs, callMs } = this.#settings;
    const perform = (effect, machine) => {
      if (effect.type === 'tell-waiting') return;
      if (effect.type === 'tell-taken') tell({ ...effect, type: 'lease-taken' });
      else if (effect.type === 'tell-lost') {
        this.invariants.lost(name, process);
        tell({ type: 'lease-lost' });
      } else {
        this.invariants.held(name, process, machine, effect);
        tell({ type: 'lease-held', term: effect.term, untilMs: machine.state.tenure?.untilMs ?? 0 });
      }
    };
    return new Machine(this, process, {
      transition: leaseTransition,
      state: openLease({
        name,
        me: process.id,
        ttlMs: TTL_MS,
        callMs,
        tryMs: name === 'leader' ? tryMs : TTL_MS / 4,
      }),
      wakeMs: leaseWakeMs,
      perform,
      plant: (state, before, nowMs) => this.#plantLease(state, before, nowMs),
    });
  }

  #plantLease(state, before, nowMs) {
    const { noDemotion, fromAnswer, noGrace } = this.#plants;
    let planted = state;
    // As if it had been known for long.
    if (noGrace && state.epoch && !state.epoch.isOpen)
      planted = { ...planted, epoch: { ...state.epoch, seenMs: -1e9 } };
    const { tenure } = state;
    if (!tenure || tenure.untilMs === before.tenure?.untilMs) return planted;
    if (noDemotion) return { ...planted, tenure: { ...tenure, untilMs: Infinity } };
    if (fromAnswer) return { ...planted, tenure: { ...tenure, untilMs: nowMs + (TTL_MS * 2) / 3 } };
    return planted;
  }

  #plantDriver(state, before) {
    const { forgetsOut } = this.#plants;
    // One that resumes believes that nobody is out.
    if (forgetsOut && state.phase === 'driving' && before.phase === 'reading' && state.wanted)
      return { ...state, wanted: { ...state.wanted, out: [] }, record: { ...state.record, out: [] } };
    return state;
  }

  #plantedHost(state, event) {
    if (!this.#plants.noFence || event.type !== 'asked' || event.message.type !== 'order')
      return hostTransition(state, event);
    // It does what it is told, whoever tells it and whenever, but for what it has done.
    const { rollout, instance, action } = event.message;
    if (state.steps.has(rollout) || instance !== state.settings.instance) return hostTransition(state, event);
    const steps = new Map(state.steps).set(rollout, { state: 'doing', reason: '', before: HEALTHY });
    return {
      state: { ...state, steps },
      effects: [
        { type: 'act', rollout, action },
        { type: 'reply', to: event.to, message: { state: 'doing' } },
      ],
    };
  }

  #act(process, machine, rollout, status) {
    this.invariants.began(process, rollout);
    const tellStatus = () => process.heartbeat.handle({ type: 'status', status: status(), isUrgent: true });
    // The machine's own state is that of after the step only when this returns.
    this.events.after(0, tellStatus);
    const isDone = this.random() >= this.#faults.stepFails;
    const tookMs = this.#settings.stepMs ?? 2000 + this.random() * 18_000;
    this.events.after(tookMs, () => {
      this.invariants.finished(process);
      machine.handle({
        type: 'acted',
        rollout,
        isDone,
        reason: isDone ? '' : 'a worker was not ready in time',
      });
      tellStatus();
    });
  }

  #readRoster(process, machine) {
    this.#roster(process, (view) => {
      process.rosterAtMs = this.events.nowMs;
      const hosts = view.hosts.map(({ host, state, status }) => ({
        host,
        instance: status.instance,
        busy: status.busy ?? undefined,
        isSilent: state !== 'known',
      }));
      machine.handle({ type: 'roster', hosts });
    });
  }

  /** Tries until it has been told everything. */
  #roster(process, onComplete) {
    const mark = `=${process.id}-${(this.#started += 1)}`;
    const opened = openRoster({ mark, ttlMs: TTL_MS }, process.nowMs());
    let { state } = opened;
    let isOver = false;
    const watches = [];
    const perform = (effects) => {
      for (const effect of effects) {
        if (effect.type === 'watch') watches.push(this.engine.watch(process, effect.bucket, tell));
        else if (effect.type === 'put') this.engine.call(process, effect, () => {});
        else if (effect.type === 'tell-complete') isOver = true;
      }
    };
    const tell = (entries) => {
      if (isOver) return;
      const step = rosterTransition(state, { type: 'told', entries, nowMs: process.nowMs() });
      state = step.state;
      perform(step.effects);
      if (!isOver) return;
      for (const watch of watches) watch.stop();
      onComplete(rosterView(state, process.nowMs()));
    };
    perform(opened.effects);
    this.events.after(5000, () => {
      if (isOver || !process.isAlive) return;
      isOver = true;
      for (const watch of watches) watch.stop();
      if (process.rollout?.state.phase !== 'ended') this.#roster(process, onComplete);
    });
  }

  #delayMs() {
    return 0.2 - Math.log(1 - this.random()) * 0.5;
  }

  #whenAwake({ stalledUntilMs }, run) {
    if (this.events.nowMs >= stalledUntilMs) run();
    else this.events.at(stalledUntilMs, run);
  }

  #travel(process, arrive, isSent) {
    const { loss, late } = this.#faults;
    if (!isSent || process.isCut) return;
    const chance = this.random();
    if (chance < loss) return;
    const delayMs = chance < loss + late ? this.random() ** 2 * 20_000 : this.#delayMs();
    this.events.after(delayMs, () => {
      if (!process.isCut) arrive();
    });
  }
}
