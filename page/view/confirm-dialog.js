import { html } from '../lib/html.js';
import { Component } from '../lib/preact.js';
import { questionOf } from '../model/deeds.js';

/**
 * @import { SupervisorStatus } from '../../src/api/supervisor.ts'
 * @import { Operator } from '../operator.js'
 * @typedef {{ operator: Operator, status: SupervisorStatus | undefined }} Props
 */

/**
 * Asks once before something is done.
 *
 * @extends {Component<Props>}
 */
export class ConfirmDialog extends Component {
  /** @override */
  componentDidUpdate() {
    const dialog = /** @type {HTMLDialogElement} */ (this.base);
    if (this.props.operator.asked && !dialog.open) dialog.showModal();
    if (!this.props.operator.asked && dialog.open) dialog.close();
  }

  /**
   * @param {Readonly<Props>} props
   * @override
   */
  render({ operator, status }) {
    const question = operator.asked && questionOf(operator.asked, status);
    return html`
      <dialog aria-labelledby="question" onClose=${() => operator.asked && operator.cancel()}>
        <h2 id="question">${question?.title}</h2>
        <p>${question?.text}</p>
        <div class="buttons">
          <button type="button" onClick=${() => operator.cancel()}>Cancel</button>
          <button type="button" class="main" onClick=${() => void operator.confirm()}>
            ${question?.yes}
          </button>
        </div>
      </dialog>
    `;
  }
}
