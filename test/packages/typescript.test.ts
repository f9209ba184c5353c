import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { read } from '../docs/pages.ts';
import { askAll, portOf, startUnder } from './started.ts';

/**
 * Programs in TypeScript, whose workers need what loads it as the primary does: `--require grappolo/register` for CommonJS,
 * `--import grappolo/register` for ES modules, before or behind it. docs/typescript.md shows them.
 */
const WORKERS = 2;

interface Row {
  readonly title: string;
  /** What loads TypeScript: flags of Node. */
  readonly loader: readonly string[];
  readonly file: string;
  /** This version of Node has no such thing. */
  readonly isMissing?: boolean;
}

const COMMON = 'typescript/common/server.ts';
const MODULE = 'typescript/module/server.ts';
const isStripping = 'typescript' in process.features && process.features.typescript !== false;

const ROWS: readonly Row[] = [
  { title: 'ts-node', loader: ['--require', 'ts-node/register/transpile-only'], file: COMMON },
  { title: 'ts-node', loader: ['--loader', 'ts-node/esm/transpile-only'], file: MODULE },
  { title: 'tsx/cjs', loader: ['--require', 'tsx/cjs'], file: COMMON },
  { title: 'tsx', loader: ['--import', 'tsx'], file: COMMON },
  { title: 'tsx', loader: ['--import', 'tsx'], file: MODULE },
  { title: 'swc-node', loader: ['--require', '@swc-node/register'], file: COMMON },
  { title: 'swc-node', loader: ['--import', '@swc-node/register/esm-register'], file: MODULE },
  { title: 'esbuild-register', loader: ['--require', 'esbuild-register'], file: COMMON },
  {
    title: 'Node itself',
    loader: [],
    file: 'typescript/common/stripped.ts',
    isMissing: !isStripping,
  },
  { title: 'Node itself', loader: [], file: MODULE, isMissing: !isStripping },
];

describe('a program in TypeScript', { concurrency: 2 }, () => {
  for (const { title, loader, file, isMissing } of ROWS) {
    const register = [file === MODULE ? '--import' : '--require', 'grappolo/register'];
    const kind = file === MODULE ? 'an ES module' : 'CommonJS';
    it(`by ${title} ${loader[0] ?? ''}, ${kind}, is in docs/typescript.md`, () => {
      // Without types to check, which would take workers seconds.
      const shown = [...loader, ...register].join(' ').replace('/transpile-only', '');
      assert(read('docs/typescript.md').includes(`node ${shown} server.ts`), shown);
    });
    const skip = isMissing ? 'this Node strips no types' : false;
    for (const [where, flags] of [
      ['on node:cluster', loader],
      ['on Grappolo', [...loader, ...register]],
      ...(loader.length > 0
        ? [['on Grappolo, which is preloaded first', [...register, ...loader]] as const]
        : []),
    ] as const) {
      it(`by ${title} ${loader[0] ?? ''}, ${kind}, has workers ${where}`, { skip }, async (t) => {
        const program = startUnder(t, file, { flags });
        const answers = await askAll(await portOf(program), WORKERS);
        assert.deepEqual(new Set(answers.keys()), new Set([1, 2]));
        process.kill(program.pid, 'SIGTERM');
        const { code, signal, isHung } = await program.ended;
        assert.deepEqual({ code, signal, isHung }, { code: 0, signal: null, isHung: false });
      });
    }
  }
});
