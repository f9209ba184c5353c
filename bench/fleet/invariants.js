// What must hold at each event. A tenure, or a step, can only begin where the protocol says so: so there it is looked at.
import { compareTerms, termText } from '../../.build/packages/fleet/src/protocol/term.js';
import { isHeld } from '../../.build/packages/fleet/src/protocol/lease.js';

export class Invariants {
  violations = [];
  /** Steps that began beside one of which nobody could know: the engine has forgotten it, and its host was cut off ever since. */
  unknowable = 0;
  tenures = 0;
  steps = 0;
  #events;
  #engine;
  #holders = new Map();
  #terms = new Map();
  #greatest = new Map();
  #busy = new Map();
  #done = new Set();
  #records = new Map();

  constructor(events, engine) {
    this.#events = events;
    this.#engine = engine;
  }

  held(name, process, machine, { type, term }) {
    const holders = this.#holders.get(name) ?? new Map();
    this.#holders.set(name, holders);
    for (const [other, lease] of holders)
      if (other !== process && other.isAlive && isHeld(lease.state, other.nowMs()))
        this.#violate('two holders at once', `${name}: ${other.id} and ${process.id}`);
    holders.set(process, machine);
    if (type !== 'tell-held') return;
    this.tenures += 1;
    const text = `${name} ${termText(term)}`;
    if (this.#terms.has(text))
      this.#violate('the same term twice', `${text}: ${this.#terms.get(text)} and ${process.id}`);
    this.#terms.set(text, process.id);
    const greatest = this.#greatest.get(name);
    if (greatest && compareTerms(term, greatest) <= 0) this.#violate('a term fell', text);
    if (!greatest || compareTerms(term, greatest) > 0) this.#greatest.set(name, term);
  }

  lost(name, process) {
    this.#holders.get(name)?.delete(process);
  }

  /** `plannedAtMs`: when the roster was read of which whoever has begun it has made its plan. */
  progress({ id, maxUnavailable, out }, plannedAtMs) {
    if (!this.#records.has(id)) this.#records.set(id, { maxUnavailable, plannedAtMs });
    const ordered = out.filter(({ isOrdered }) => isOrdered).length;
    if (ordered > maxUnavailable) this.#violate('a record with too many hosts out', id);
  }

  began(process, rollout) {
    this.steps += 1;
    const step = `${rollout} ${process.id}`;
    if (this.#done.has(step)) this.#violate('a step done twice', step);
    this.#done.add(step);
    this.#busy.set(process, { life: this.#engine.life, rollout });
    const { maxUnavailable: most = 1, plannedAtMs = Infinity } = this.#records.get(rollout) ?? {};
    if (this.#busy.size <= most) return;
    // A host that slept, or was cut off, since the engine has forgotten its step may be heard of after the plan was made.
    const isHeard = ({ heard }) => heard?.life === this.#engine.life && heard.atMs <= plannedAtMs;
    const known = [...this.#busy].filter(([host, { life }]) => life === this.#engine.life || isHeard(host));
    if (known.length > most) {
      const names = known.map(([{ id }, { life, rollout: of }]) => `${id} (${of}, life ${life})`);
      this.#violate('too many hosts down', names.join(', '));
    } else this.unknowable += 1;
  }

  /** No two hosts of a storm have the same name, but one that was started anew has that of the one before. */
  namesake(process, instance) {
    if (instance !== undefined) this.#violate('a host with a namesake', `${process.id}: ${instance}`);
  }

  finished(process) {
    this.#busy.delete(process);
  }

  died(process) {
    this.finished(process);
    for (const holders of this.#holders.values()) holders.delete(process);
  }

  #violate(what, which) {
    this.violations.push({ what, which, atMs: Math.round(this.#events.nowMs) });
  }
}
