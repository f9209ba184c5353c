/** The environment variable by which two versions of Node share tests: `0` or `1`, the half of them that this one tries. Not set: all. */
export const HALF = 'GRAPPOLO_TEST_HALF';

const half = process.env[HALF];

/** Whether this version tries the test of that number. By pairs, so that each half has both of what `ofTwo()` gives. */
export function isInHalf(number: number): boolean {
  return half === undefined || Math.floor(number / 2) % 2 === Number(half);
}
