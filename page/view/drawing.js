import UPlot from '../lib/uplot.js';
import { clock, plain } from '../model/numbers.js';

const HEIGHT = 148;
const SPAN_SECONDS = 15 * 60;
/** Before there is so much, it would be hardly more than a dot. */
const YOUNG_SECONDS = 3 * 60;
/** Colours from here on are those of dashed lines as well, so that they are told apart without them. */
const FIRST_DASHED = 4;

/** The lines of a chart, on a canvas as wide as its place. */
export class Drawing {
  #plot;
  #watcher;

  /**
   * @param {HTMLElement} place
   * @param {object} options
   * @param {number} options.lines
   * @param {boolean} options.isMany where the last line stands for all
   * @param {number} options.least how far the axis reaches at least
   * @param {(at: number | null) => void} options.onPoint called with where the pointer is in the data
   */
  constructor(place, { lines, isMany, least, onPoint }) {
    const styles = getComputedStyle(document.documentElement);
    /** @param {string} name */
    const color = (name) => styles.getPropertyValue(`--${name}`).trim();
    const axis = {
      stroke: color('muted'),
      font: `11px ${getComputedStyle(document.body).fontFamily}`,
      grid: { stroke: color('grid'), width: 1 },
      ticks: { show: false },
    };
    this.#plot = new UPlot(
      {
        width: place.clientWidth,
        height: HEIGHT,
        padding: [8, 16, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false }, sync: { key: 'page' } },
        scales: {
          x: { time: true, range: (_plot, first, last) => [last - spanOf(last - first), last] },
          y: { range: (_plot, _lowest, highest) => [0, Math.max(least, (highest ?? 0) * 1.1)] },
        },
        axes: [
          { ...axis, size: 24, space: 70, values: (_plot, times) => times.map(timeText) },
          {
            ...axis,
            size: (_plot, values) => 12 + 7 * Math.max(0, ...(values ?? []).map((value) => value.length)),
            space: 32,
            values: (_plot, values) => values.map((value) => plain(value)),
          },
        ],
        series: [
          {},
          ...Array.from({ length: lines }, (_, index) => {
            const isFaint = isMany && index < lines - 1;
            const shown = isMany ? 0 : index;
            return {
              stroke: isFaint ? color('faint') : color(`slot-${shown}`),
              width: isFaint ? 1 : isMany ? 2 : 1.5,
              ...(shown >= FIRST_DASHED && { dash: [5, 3] }),
              points: { show: false, size: 4, filter: isFaint ? none : lonely },
            };
          }),
        ],
        hooks: { setCursor: [({ cursor: { idx } }) => onPoint(idx ?? null)] },
      },
      [[], ...Array.from({ length: lines }, () => [])],
      place,
    );
    this.#watcher = new ResizeObserver(() =>
      this.#plot.setSize({ width: place.clientWidth, height: HEIGHT }),
    );
    this.#watcher.observe(place);
  }

  /**
   * @param {number[]} times
   * @param {(number | null)[][]} lines
   */
  show(times, lines) {
    this.#plot.setData([times, ...lines]);
  }

  destroy() {
    this.#watcher.disconnect();
    this.#plot.destroy();
  }
}

/** @param {number} seconds */
function spanOf(seconds) {
  return seconds > YOUNG_SECONDS ? SPAN_SECONDS : YOUNG_SECONDS;
}

/** @param {number} time */
function timeText(time) {
  return clock(time * 1000).slice(0, 5);
}

/**
 * Values without neighbours, which no line would show.
 *
 * @param {UPlot} plot
 * @param {number} series
 */
function lonely({ data }, series) {
  const values = data[series] ?? [];
  const found = [];
  for (let at = 0; at < values.length; at += 1) {
    if (isKnown(values[at]) && !isKnown(values[at - 1]) && !isKnown(values[at + 1])) found.push(at);
  }
  return found.length > 0 ? found : null;
}

function none() {
  return null;
}

/** @param {number | null | undefined} value */
function isKnown(value) {
  return value !== null && value !== undefined;
}
