// Compiles src/ to dist/, and what a worker loads before its program to one file: reading it costs a worker 2 ms of its
// start; reading the modules that it is made of costs 12.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const inDist = (file) => path.join(ROOT, 'dist', file);

rmSync(inDist(''), { recursive: true, force: true });
execFileSync(path.join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', ROOT], { stdio: 'inherit' });
await build({
  input: inDist('boot.js'),
  platform: 'node',
  external: ['koffi'],
  plugins: [{ name: 'less-of-node', transform: nativeRequire, renderChunk: defaultsOnly }],
  output: {
    dir: inDist(''),
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: 'boot-[name].cjs',
  },
  logLevel: 'warn',
});
for (const file of ['boot.js', 'boot.d.ts']) rmSync(inDist(file));

/** In CommonJS there is a require() already: to make one loads node:module, which costs every worker. */
function nativeRequire(code) {
  return code
    .replace("import { createRequire } from 'node:module';\n", '')
    .replaceAll('createRequire(import.meta.url)', 'require');
}

/** A default import of one of Node's modules is that default alone: Rolldown would copy all members, which nobody uses. */
function defaultsOnly(code) {
  return code.replaceAll(/\b__toESM\((node_\w+), 1\)/g, '{ default: $1 }');
}
