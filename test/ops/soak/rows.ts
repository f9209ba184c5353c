import { ACTIVATION_ROW } from './activation-row.ts';
import { ATTACKS_ROW } from './attacks-row.ts';
import type { Row } from '../../support/soak-row.ts';
import { SCRAPING_ROWS } from './scraping-rows.ts';
import { VIEWERS_ROW } from './viewers-row.ts';

/** All rows, in the order in which they run. */
export const ROWS: readonly Row[] = [...SCRAPING_ROWS, VIEWERS_ROW, ATTACKS_ROW, ACTIVATION_ROW];
