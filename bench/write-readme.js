// Writes the results of a run into the README. They are never written by hand.
//
//     node bench/write-readme.js [NAME]      from bench/results/NAME.json; by default "latest"
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { writeResults } from './report/readme.js';

const README = path.join(import.meta.dirname, '..', 'README.md');

const [name = 'latest'] = process.argv.slice(2);
const results = JSON.parse(readFileSync(path.join(import.meta.dirname, 'results', `${name}.json`), 'utf8'));
writeFileSync(README, writeResults(readFileSync(README, 'utf8'), results));
