// Runs planted test files:  node run.mjs LIMIT_MS FILE ...
import { fileURLToPath } from 'node:url';

const { runTests } = await import(new URL('../../../.build/test/runner/run-tests.js', import.meta.url));
const [limitMs, ...parts] = process.argv.slice(2);
const folder = fileURLToPath(new URL('.', import.meta.url));
const isGreen = await runTests(folder, [{ node: process.execPath, parts }], Number(limitMs));
process.exitCode = isGreen ? 0 : 1;
