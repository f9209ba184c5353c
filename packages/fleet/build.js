// Compiles src/ to dist/: one ES module, and the types. What it depends on stays outside.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const DIST = path.join(HERE, 'dist');
const TSC = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url));

rmSync(DIST, { recursive: true, force: true });
execFileSync(TSC, ['-p', HERE, '--emitDeclarationOnly'], { stdio: 'inherit' });
await build({
  input: { index: path.join(HERE, 'src', 'index.ts') },
  platform: 'node',
  external: [/^@nats-io\//, 'grappolo'],
  output: { dir: DIST, format: 'esm' },
  logLevel: 'warn',
});
