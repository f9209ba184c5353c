/** In a run of the tests: how many times slower this machine is than a quiet one with two cores; see test/runner/pace.ts. */
const PACE = 'GRAPPOLO_TEST_PACE';

const pace = Math.max(1, Number(process.env[PACE] ?? 1));

exports.PACE = PACE;

/** How long something may take on this machine, in whole ms: as many times longer than on a quiet one as this one is slower. */
exports.limitMs = (quietMs) => Math.ceil(quietMs * pace);
