import { html } from '../lib/html.js';
import { reloadOf } from '../model/reload.js';
import { Failure } from './failure.js';

/** @import { Sample } from '../../src/ops/sample.ts' */

/** The reload under way, or the last one. @param {{ sample: Sample }} props */
export function Reload({ sample }) {
  const view = reloadOf(sample);
  return html`
    <section class="reload" aria-labelledby="reload">
      <h2 id="reload">${view?.progress ? 'Reload under way' : 'Last reload'}</h2>
      <div class="reload-text" data-tone=${view?.tone ?? 'none'}>
        <p>${view?.text ?? 'None since the start'}</p>
        ${
          view?.progress &&
          html`<progress
            aria-label="Slots replaced"
            max=${view.progress.slots}
            value=${view.progress.done}
          />`
        }
        <${Failure} failure=${view?.failure} />
      </div>
    </section>
  `;
}
