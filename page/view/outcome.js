import { html } from '../lib/html.js';
import { Failure } from './failure.js';

/** @import { Operator } from '../operator.js' */

/** What came of what was asked for here. @param {{ operator: Operator }} props */
export function Outcome({ operator }) {
  const { outcome, isBusy } = operator;
  return html`
    <div role="status" class="outcome-place">
      ${
        outcome &&
        html`
          <div class="outcome" data-tone=${outcome.tone}>
            <div>
              <p><strong>${outcome.text}</strong></p>
              <${Failure} failure=${outcome.failure} />
            </div>
            ${
              !isBusy &&
              html`<button type="button" class="quiet" onClick=${() => operator.forget()}>Dismiss</button>`
            }
          </div>
        `
      }
    </div>
  `;
}
