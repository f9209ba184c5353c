import type { Row } from '../../support/soak-row.ts';
import { CALLS_ROW } from './calls-row.ts';
import { LIMITS_ROW } from './limits-row.ts';
import { CHANNELS_ROW } from './channels-row.ts';
import { onceRow } from './once-row.ts';

/** All rows, in the order in which they run. */
export const ROWS: readonly Row[] = [CALLS_ROW, CHANNELS_ROW, LIMITS_ROW, onceRow];
