import { html } from './lib/html.js';
import { render } from './lib/preact.js';
import { NOTHING_YET } from './model/state.js';
import { summaryOf } from './model/summary.js';
import { Operator } from './operator.js';
import { follow } from './stream.js';
import { Page } from './view/page.js';

const root = /** @type {HTMLElement} */ (document.getElementById('page'));
const dark = matchMedia('(prefers-color-scheme: dark)');
const operator = new Operator(draw);
let state = NOTHING_YET;

draw();
void operator.begin();
follow(
  (next) => {
    state = next;
    draw();
  },
  () => void operator.begin(),
);
// How long a connection has been lost counts on, though nothing comes.
setInterval(() => state.loss && draw(), 1000);
dark.addEventListener('change', draw);
document.addEventListener('visibilitychange', draw);

function draw() {
  const nowMs = Date.now();
  const summary = summaryOf(state, nowMs);
  document.title = `${summary.sentence} – Grappolo`;
  // Nobody sees it, and lines of 64 slots are some work.
  if (document.hidden) return;
  render(
    html`<${Page} state=${state} summary=${summary} operator=${operator} isDark=${dark.matches} />`,
    root,
  );
}
