import { html } from '../lib/html.js';
import { Charts } from './charts.js';
import { ConfirmDialog } from './confirm-dialog.js';
import { Controls } from './controls.js';
import { Events } from './events.js';
import { Fleet } from './fleet.js';
import { Instance } from './instance.js';
import { Outcome } from './outcome.js';
import { Reload } from './reload.js';
import { Status } from './status.js';
import { Workers } from './workers.js';

/**
 * @import { State } from '../model/state.js'
 * @import { Summary } from '../model/summary.js'
 * @import { Operator } from '../operator.js'
 */

/** @param {{ state: State, summary: Summary, operator: Operator, isDark: boolean }} props */
export function Page({ state, summary, operator, isDark }) {
  const sample = state.samples.at(-1);
  return html`
    <header class="top">
      <${Instance} sample=${sample} />
      <${Controls} operator=${operator} slots=${sample?.status.slots} />
    </header>
    <main class=${state.loss ? 'is-lost' : ''}>
      <${Status} summary=${summary} />
      <${Outcome} operator=${operator} />
      ${
        sample &&
        html`
          <${Reload} sample=${sample} />
          <${Workers} sample=${sample} events=${state.events} operator=${operator} />
          ${sample.isInFleet && html`<${Fleet} fleet=${state.fleet} sample=${sample} />`}
          <${Charts} samples=${state.samples} isDark=${isDark} />
          <${Events} events=${state.events} />
        `
      }
    </main>
    <${ConfirmDialog} operator=${operator} status=${sample?.status} />
  `;
}
