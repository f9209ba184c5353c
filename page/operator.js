import { outcomeOf, requestOf, underWay } from './model/deeds.js';

/**
 * @import { Deed, Verdict } from '../src/ops/instance.ts'
 * @import { Outcome } from './model/deeds.js'
 */

/** What the one who looks at the page may do, and has asked for. */
export class Operator {
  /**
   * `'none'`: no token is configured, so that nobody can log in.
   *
   * @type {'none' | 'out' | 'in'}
   */
  access = 'none';
  /**
   * What is wrong with the token, if anything is.
   *
   * @type {string | undefined}
   */
  refusal;
  /**
   * What must be confirmed first.
   *
   * @type {Deed | undefined}
   */
  asked;
  /** @type {Outcome | undefined} */
  outcome;
  isBusy = false;
  #onChange;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** Asks whether there is a session. */
  async begin() {
    const answer = await request('session', { method: 'GET' });
    if (answer?.ok) this.access = 'in';
    if (answer?.status === 401) this.access = 'out';
    if (answer?.status === 404) this.access = 'none';
    this.#onChange();
  }

  /** @param {string} token */
  async logIn(token) {
    const answer = await request('session', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    if (answer?.ok) this.access = 'in';
    this.refusal = answer?.ok ? undefined : refusalOf(answer);
    this.#onChange();
  }

  /** @param {Deed} deed */
  ask(deed) {
    this.asked = deed;
    this.#onChange();
  }

  cancel() {
    this.asked = undefined;
    this.#onChange();
  }

  forget() {
    this.outcome = undefined;
    this.#onChange();
  }

  /** Does what was asked for. */
  async confirm() {
    const deed = this.asked;
    if (!deed || this.isBusy) return;
    this.asked = undefined;
    this.isBusy = true;
    this.outcome = underWay(deed);
    this.#onChange();
    this.outcome = await this.#perform(deed);
    this.isBusy = false;
    this.#onChange();
  }

  /**
   * @param {Deed} deed
   * @returns {Promise<Outcome>}
   */
  async #perform(deed) {
    const { path, body } = requestOf(deed);
    const answer = await request(path, {
      method: 'POST',
      ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
    });
    if (!answer) return { tone: 'bad', text: 'No answer from the server: whether it is done is not known' };
    // A session that has ended is a wrong one.
    if (answer.status === 401 || answer.status === 403) {
      await this.begin();
      if (this.access === 'out') return { tone: 'bad', text: 'The session is over: log in again' };
    }
    const verdict = await verdictIn(answer);
    return verdict
      ? outcomeOf(deed, verdict)
      : { tone: 'bad', text: `The server has answered with ${answer.status}` };
  }
}

/**
 * @param {string} path
 * @param {RequestInit} init
 * @returns {Promise<Response | undefined>} `undefined` where there is no answer
 */
async function request(path, init) {
  try {
    return await fetch(path, { cache: 'no-store', ...init });
  } catch {
    return undefined;
  }
}

/**
 * @param {Response} answer
 * @returns {Promise<Verdict | undefined>}
 */
async function verdictIn(answer) {
  try {
    const value = await answer.json();
    return value?.type === 'done' || value?.type === 'failed' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Response | undefined} answer */
function refusalOf(answer) {
  if (!answer) return 'No answer from the server';
  return answer.status === 401 || answer.status === 403
    ? 'This is not the token'
    : `The server has answered with ${answer.status}`;
}
