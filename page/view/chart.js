import { html } from '../lib/html.js';
import { Component } from '../lib/preact.js';
import { clock } from '../model/numbers.js';
import { chartText, MOST_COLORS, medianLine, valuesAt } from '../model/series.js';
import { Drawing } from './drawing.js';

/**
 * @import { Metric, Series } from '../model/series.js'
 * @typedef {{ metric: Metric, series: Series, isDark: boolean }} Props
 */

/**
 * A line for each slot, and what it is now or where the pointer is.
 *
 * @extends {Component<Props, { at: number | null }>}
 */
export class Chart extends Component {
  /** @override */
  state = { at: /** @type {number | null} */ (null) };
  /** @type {Drawing | undefined} */
  #drawing;
  #drawnAs = '';

  /** @override */
  componentDidMount() {
    this.#draw();
  }

  /** @override */
  componentDidUpdate() {
    this.#draw();
  }

  /** @override */
  componentWillUnmount() {
    this.#drawing?.destroy();
  }

  #draw() {
    const { metric, series, isDark } = this.props;
    const isMany = series.slots.length > MOST_COLORS;
    const lines = isMany ? [...series.lines, medianLine(series)] : series.lines;
    // Another number of lines, or other colours, is another drawing.
    const drawAs = `${lines.length} ${isDark}`;
    if (drawAs !== this.#drawnAs) {
      this.#drawing?.destroy();
      const place = /** @type {HTMLElement} */ (/** @type {Element} */ (this.base).querySelector('.drawing'));
      this.#drawing = new Drawing(place, {
        lines: lines.length,
        isMany,
        least: metric.least,
        onPoint: (at) => at !== this.state.at && this.setState({ at }),
      });
      this.#drawnAs = drawAs;
    }
    this.#drawing?.show(series.times, lines);
  }

  /**
   * @param {Readonly<Props>} props
   * @param {Readonly<{ at: number | null }>} state
   * @override
   */
  render({ metric, series }, { at }) {
    const time = at === null ? undefined : series.times[at];
    const shown = at === null || time === undefined ? undefined : at;
    return html`
      <figure>
        <figcaption>
          <h3>${metric.title} <small>${metric.unit}</small></h3>
          <time>${time === undefined ? 'now' : clock(time * 1000)}</time>
        </figcaption>
        <div class="drawing" role="img" aria-label=${chartText(metric, series)}></div>
        <ul class="legend" aria-hidden="true">
          ${valuesAt(series, shown).map(
            ({ name, value, color }) =>
              html`<li key=${name} data-color=${color}>${name} <b>${value}</b></li>`,
          )}
        </ul>
      </figure>
    `;
  }
}
