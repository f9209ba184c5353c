import { failureOf } from './reload.js';

/**
 * @import { Deed, Verdict } from '../../src/ops/instance.ts'
 * @import { SupervisorStatus } from '../../src/api/supervisor.ts'
 * @import { FailureView } from './reload.js'
 */

/**
 * What came of a deed.
 *
 * @typedef {object} Outcome
 * @property {'good' | 'busy' | 'bad'} tone
 * @property {string} text
 * @property {FailureView} [failure]
 */

/**
 * What is asked before a deed is done.
 *
 * @typedef {object} Question
 * @property {string} title
 * @property {string} text
 * @property {string} yes
 */

/**
 * Where a deed is asked for.
 *
 * @param {Deed} deed
 * @returns {{ readonly path: string, readonly body?: string }}
 */
export function requestOf(deed) {
  switch (deed.command) {
    case 'reload':
      return { path: 'reload' };
    case 'scale':
      return { path: 'scale', body: JSON.stringify({ workers: deed.workers }) };
    case 'replace':
      return { path: `workers/${deed.slot}/replace` };
    default:
      throw new Error('Cannot ask for what is not known', { cause: deed });
  }
}

/**
 * @param {Deed} deed
 * @param {SupervisorStatus | undefined} status
 * @returns {Question}
 */
export function questionOf(deed, status) {
  switch (deed.command) {
    case 'reload':
      return {
        title: 'Reload all workers?',
        text: 'Each worker is replaced by a new one that has loaded the program again, and finishes its connections.',
        yes: 'Reload',
      };
    case 'scale': {
      const now = status ? ` There are ${status.slots} now.` : '';
      return {
        title: `Scale to ${workersText(deed.workers)}?`,
        text: `Workers of slots that are given up finish their connections.${now}`,
        yes: 'Scale',
      };
    }
    default: {
      const pid = status?.workers.find(({ slot, state }) => slot === deed.slot && state === 'ready')?.pid;
      return {
        title: `Replace the worker in slot ${deed.slot}?`,
        text: `Another takes its place; then ${pid === undefined ? 'it' : `pid ${pid}`} finishes its connections.`,
        yes: 'Replace',
      };
    }
  }
}

/**
 * @param {Deed} deed
 * @returns {Outcome}
 */
export function underWay(deed) {
  switch (deed.command) {
    case 'reload':
      return { tone: 'busy', text: 'Reloading; this tells how it ends' };
    case 'scale':
      return { tone: 'busy', text: `Scaling to ${workersText(deed.workers)}; this tells how it ends` };
    default:
      return { tone: 'busy', text: `Replacing the worker in slot ${deed.slot}; this tells how it ends` };
  }
}

/**
 * @param {Deed} deed
 * @param {Verdict} verdict
 * @returns {Outcome}
 */
export function outcomeOf(deed, verdict) {
  if (verdict.type === 'failed') {
    return {
      tone: 'bad',
      text: `${verdict.message} (${verdict.code})`,
      ...(verdict.failure && { failure: failureOf(verdict.failure) }),
    };
  }
  switch (deed.command) {
    case 'reload':
      return { tone: 'good', text: 'The reload is done' };
    case 'scale':
      return { tone: 'good', text: `Scaled to ${workersText(deed.workers)}` };
    default:
      return { tone: 'good', text: `The worker in slot ${deed.slot} is replaced` };
  }
}

/** @param {number} count */
function workersText(count) {
  return count === 1 ? '1 worker' : `${count} workers`;
}
