import type { Row } from '../../support/soak-row.ts';
import { BAD_BUILD_ROW } from './bad-build-row.ts';
import { DRIVER_ROW } from './driver-row.ts';
import { ENGINE_ROWS } from './engine-rows.ts';
import { LEADER_ROW } from './leader-row.ts';
import { RELOAD_ROW } from './reload-row.ts';

/** All rows, in the order in which they run. */
export const ROWS: readonly Row[] = [BAD_BUILD_ROW, LEADER_ROW, ...ENGINE_ROWS, DRIVER_ROW, RELOAD_ROW];
