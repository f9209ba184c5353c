import htm from './htm.js';
import { h } from './preact.js';

/** Elements from a template; what is put into it becomes text, whatever it holds. */
export const html = htm.bind(h);
