import { html } from '../lib/html.js';

/** @import { FailureView } from '../model/reload.js' */

/** A worker that has failed, and its own words. @param {{ failure: FailureView | undefined }} props */
export function Failure({ failure }) {
  if (!failure) return null;
  const { text, label, output } = failure;
  return html`
    <p>${text}</p>
    ${
      output &&
      html`
        <p class="label">${label}</p>
        <pre tabindex="0" role="region" aria-label=${label}>${output}</pre>
      `
    }
  `;
}
