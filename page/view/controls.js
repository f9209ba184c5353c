import { html } from '../lib/html.js';

/** @import { Operator } from '../operator.js' */

/** What can be done, for those who have the token. @param {{ operator: Operator, slots: number | undefined }} props */
export function Controls({ operator, slots }) {
  if (operator.access === 'none') return null;
  if (operator.access === 'out') return html`<${LogIn} operator=${operator} />`;
  return html`
    <div class="controls" role="group" aria-label="Controls">
      <form onSubmit=${(/** @type {SubmitEvent} */ event) => askToScale(event, operator)}>
        <label>
          Workers <input name="workers" type="number" min="1" max="1024" required defaultValue=${slots} />
        </label>
        <button disabled=${operator.isBusy}>Scale</button>
      </form>
      <button
        type="button"
        class="main"
        disabled=${operator.isBusy}
        onClick=${() => operator.ask({ command: 'reload' })}
      >
        Reload
      </button>
    </div>
  `;
}

/** @param {{ operator: Operator }} props */
function LogIn({ operator }) {
  return html`
    <details class="log-in">
      <summary>Log in</summary>
      <form onSubmit=${(/** @type {SubmitEvent} */ event) => logIn(event, operator)}>
        <label>Token <input name="token" type="password" autocomplete="off" required /></label>
        <button class="main">Log in</button>
        <p role="alert">${operator.refusal}</p>
      </form>
    </details>
  `;
}

/**
 * @param {SubmitEvent} event
 * @param {Operator} operator
 */
function askToScale(event, operator) {
  event.preventDefault();
  const workers = Number(new FormData(formOf(event)).get('workers'));
  operator.ask({ command: 'scale', workers });
}

/**
 * @param {SubmitEvent} event
 * @param {Operator} operator
 */
function logIn(event, operator) {
  event.preventDefault();
  const token = new FormData(formOf(event)).get('token');
  if (typeof token === 'string') void operator.logIn(token.trim());
}

/** @param {SubmitEvent} event */
function formOf({ currentTarget }) {
  return /** @type {HTMLFormElement} */ (currentTarget);
}
