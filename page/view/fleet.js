import { html } from '../lib/html.js';
import { fleetOf } from '../model/fleet.js';

/**
 * @import { FleetStatus } from '../../src/api/operations.ts'
 * @import { Sample } from '../../src/ops/sample.ts'
 * @import { HostRow } from '../model/fleet.js'
 */

/** All hosts of the fleet that this one is in. @param {{ fleet: FleetStatus | undefined, sample: Sample }} props */
export function Fleet({ fleet, sample }) {
  const { tone, note, rows } = fleetOf(fleet, sample.atMs);
  return html`
    <section class="fleet" aria-labelledby="fleet">
      <h2 id="fleet">Fleet</h2>
      <p class="note" data-tone=${tone} role="status">${note}</p>
      ${
        rows.length > 0 &&
        html`
          <div class="box" tabindex="0" role="region" aria-labelledby="fleet">
            <table>
              <caption class="unseen">
                The hosts of the fleet
              </caption>
              <thead>
                <tr>
                  <th scope="col" class="host">Host</th>
                  <th scope="col" class="state">State</th>
                  <th scope="col">Version</th>
                  <th scope="col">Generation</th>
                  <th scope="col">Ready</th>
                  <th scope="col">Loop busy</th>
                  <th scope="col">Requests/s</th>
                  <th scope="col">In the fleet for</th>
                </tr>
              </thead>
              <tbody>
                ${rows.map((row) => html`<${Row} key=${row.host} row=${row} />`)}
              </tbody>
            </table>
          </div>
        `
      }
    </section>
  `;
}

/** @param {{ row: HostRow }} props */
function Row({ row }) {
  return html`
    <tr data-tone=${row.tone}>
      <th scope="row" class="host">
        <span>${row.host}</span>
        ${row.isOwn && html` <small>this host</small>`}
      </th>
      <td class="state"><span>${row.state}</span></td>
      <td class="version"><span>${row.version}</span></td>
      <td>${row.generation}</td>
      <td>${row.ready}</td>
      <td class="part" style=${{ '--part': row.loadPart }}>${row.load}</td>
      <td>${row.requests}</td>
      <td>${row.since}</td>
    </tr>
  `;
}
