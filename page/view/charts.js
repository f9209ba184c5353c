import { html } from '../lib/html.js';
import { METRICS, MOST_COLORS, seriesOf } from '../model/series.js';
import { Chart } from './chart.js';

/** @import { Sample } from '../../src/ops/sample.ts' */

/** @param {{ samples: readonly Sample[], isDark: boolean }} props */
export function Charts({ samples, isDark }) {
  const count = samples.at(-1)?.slots.length ?? 0;
  return html`
    <section aria-labelledby="charts">
      <h2 id="charts">
        The last 15 minutes
        ${count > MOST_COLORS && html`<small>${count} slots: a faint line for each, a bold one for the median</small>`}
      </h2>
      <div class="charts">
        ${METRICS.map(
          (metric) =>
            html`<${Chart}
              key=${metric.id}
              metric=${metric}
              series=${seriesOf(samples, metric)}
              isDark=${isDark}
            />`,
        )}
      </div>
    </section>
  `;
}
