import { html } from '../lib/html.js';
import { rowsOfWorkers } from '../model/workers.js';

/**
 * @import { Sample } from '../../src/ops/sample.ts'
 * @import { SupervisorEvent } from '../../src/api/supervisor.ts'
 * @import { WorkerRow } from '../model/workers.js'
 * @import { Operator } from '../operator.js'
 */

/** @param {{ sample: Sample, events: readonly SupervisorEvent[], operator: Operator }} props */
export function Workers({ sample, events, operator }) {
  const isIn = operator.access === 'in';
  return html`
    <section aria-labelledby="workers">
      <h2 id="workers">Workers</h2>
      <div class="box" tabindex="0" role="region" aria-labelledby="workers">
        <table>
          <caption class="unseen">
            The workers by slot
          </caption>
          <thead>
            <tr>
              <th scope="col" class="slot"><abbr title="Slot">#</abbr></th>
              <th scope="col" class="state">State</th>
              <th scope="col">PID</th>
              <th scope="col">Generation</th>
              <th scope="col">Uptime</th>
              <th scope="col">Connections</th>
              <th scope="col">Requests/s</th>
              <th scope="col">Loop busy</th>
              <th scope="col">Loop delay</th>
              <th scope="col">Memory</th>
              <th scope="col">Heap of limit</th>
              <th scope="col">Restarts</th>
              <th scope="col" class="text">Why the last one ended</th>
              ${isIn && html`<th scope="col" class="deed"><span class="unseen">Replace</span></th>`}
            </tr>
          </thead>
          <tbody>
            ${rowsOfWorkers(sample, events).map(
              (row) => html`<${Row} key=${row.key} row=${row} operator=${operator} hasButton=${isIn} />`,
            )}
          </tbody>
        </table>
      </div>
    </section>
  `;
}

/** @param {{ row: WorkerRow, operator: Operator, hasButton: boolean }} props */
function Row({ row, operator, hasButton }) {
  return html`
    <tr data-state=${row.isSilent ? 'silent' : row.state}>
      <th scope="row" class="slot">${row.slot}</th>
      <td class="state"><span>${row.stateText}</span></td>
      <td>${row.pid}</td>
      <td>${row.generation}</td>
      <td>${row.uptime}</td>
      <td>${row.connections}</td>
      <td>${row.requests}</td>
      <td class="part" style=${{ '--part': row.busyPart }}>${row.utilization}</td>
      <td>${row.delay}</td>
      <td>${row.memory}</td>
      <td class="part" style=${{ '--part': row.heapPart }}>${row.heap}</td>
      <td>${row.restarts}</td>
      <td class="text"><span>${row.lastEnd}</span></td>
      ${
        hasButton &&
        html`
          <td class="deed">
            <button
              type="button"
              class="quiet"
              disabled=${operator.isBusy || !row.isReplaceable}
              aria-label=${`Replace the worker in slot ${row.slot}`}
              onClick=${() => operator.ask({ command: 'replace', slot: row.slot })}
            >
              Replace
            </button>
          </td>
        `
      }
    </tr>
  `;
}
