import { html } from '../lib/html.js';

/** @import { Summary } from '../model/summary.js' */

/** Whether all is well. @param {{ summary: Summary }} props */
export function Status({ summary }) {
  const { tone, word, sentence, detail } = summary;
  return html`
    <section class="status" data-tone=${tone}>
      <p class="word">${word}</p>
      <h1>${sentence}</h1>
      ${detail && html`<p class="detail">${detail}</p>`}
      <p class="unseen" role="status">${announcement(summary)}</p>
    </section>
  `;
}

/** For screen readers, without what counts on: they would read it out each second. @param {Summary} summary */
function announcement({ word, sentence }) {
  return `${word}: ${sentence.replaceAll(/,? (?:since|for) \d[\d.]* \w+/g, '')}`;
}
