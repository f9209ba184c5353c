// Writes the table of all metrics into docs/operations.md, from src/metrics/families.ts. It is never written by hand.
//
//     npm run --silent pretest && node scripts/write-metrics-table.js
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { FAMILIES } from '../.build/src/metrics/families.js';
import { withMetricsTable } from '../.build/test/docs/metrics-table.js';

const PAGE = path.join(import.meta.dirname, '..', 'docs/operations.md');

writeFileSync(PAGE, withMetricsTable(readFileSync(PAGE, 'utf8'), FAMILIES));
