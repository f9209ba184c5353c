import { fileURLToPath } from 'node:url';

import { runTests } from './runner/run-tests.ts';

/**
 * Runs the compiled tests with the Node that runs this.
 *
 *     node .build/test/run.js [PART ...]      only the test files whose path holds one of the parts
 */
const HERE = fileURLToPath(new URL('.', import.meta.url));

const isGreen = await runTests(HERE, [{ node: process.execPath, parts: process.argv.slice(2) }]);
process.exitCode = isGreen ? 0 : 1;
