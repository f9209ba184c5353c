import { html } from '../lib/html.js';
import { duration, placeOf } from '../lib/words.js';
import { mebibytes, percent, plain } from '../model/numbers.js';

/** @import { Sample } from '../../src/ops/sample.ts' */

/** What runs: the program, and its primary. @param {{ sample: Sample | undefined }} props */
export function Instance({ sample }) {
  if (!sample) return html`<p class="instance"><strong>Grappolo</strong></p>`;
  const { status, primary, waiting } = sample;
  const facts = [
    ...new Set(status.addresses.map((address) => placeOf(address))),
    `up ${duration(status.uptimeMs)}`,
    `primary: pid ${status.pid}, CPU ${percent(primary.cpu)}, ${mebibytes(primary.memoryMb)}`,
    `policy ${primary.policy}`,
    ...(waiting > 0 ? [`${plain(waiting)} ${waiting === 1 ? 'connection waits' : 'connections wait'}`] : []),
    `Grappolo ${primary.version}`,
  ];
  return html`
    <p class="instance">
      <strong title=${status.exec}>${status.exec.slice(status.exec.lastIndexOf('/') + 1)}</strong>
      ${facts.map((fact) => html`<span>${fact}</span>`)}
    </p>
  `;
}
