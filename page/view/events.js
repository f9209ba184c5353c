import { html } from '../lib/html.js';
import { rowsOfEvents } from '../model/events.js';
import { clock } from '../model/numbers.js';

/** @import { SupervisorEvent } from '../../src/api/supervisor.ts' */

/** What has happened, the newest first. @param {{ events: readonly SupervisorEvent[] }} props */
export function Events({ events }) {
  const rows = rowsOfEvents(events);
  return html`
    <section aria-labelledby="events">
      <h2 id="events">Events</h2>
      ${rows.length === 0 && html`<p class="none">None yet</p>`}
      <ol class="events box" tabindex="0" aria-labelledby="events" reversed>
        ${rows.map(
          ({ key, atMs, text, details, isBad }) => html`
            <li key=${key} class=${isBad ? 'is-bad' : ''}>
              <time datetime=${new Date(atMs).toISOString()}>${clock(atMs)}</time>
              ${
                details
                  ? html`
                      <details>
                        <summary>${text}</summary>
                        <pre>${details}</pre>
                      </details>
                    `
                  : html`<span>${text}</span>`
              }
            </li>
          `,
        )}
      </ol>
    </section>
  `;
}
