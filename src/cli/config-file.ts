import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { codeOf } from '../core/error-code.ts';
import { GrappoloError } from '../core/errors.ts';
import { checkConfig } from './config.ts';
import type { Config } from './config.ts';
import { findJsonError } from './json-error.ts';

/** In the order in which they are looked for. */
const EXTENSIONS: readonly string[] = ['.json', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'];

const TYPESCRIPT_NODES = 'Node.js 22.18, 23.6 and all later ones do (22.6 with --experimental-strip-types)';

export interface LoadedConfig {
  /** The file, absolute. */
  readonly file: string;
  readonly config: Config;
}

/**
 * Reads the file that is named, else the first `grappolo.config.*` of the folder; `undefined` where there is none.
 *
 * @throws {GrappoloError} ERR_GRAPPOLO_INVALID_CONFIG: it cannot be read or loaded, or its values are wrong. The message
 *   has a line for each fault.
 */
export async function loadConfig(
  named: string | undefined,
  folder: string,
): Promise<LoadedConfig | undefined> {
  const name = named ?? findConfig(folder);
  if (name === undefined) return undefined;
  const file = path.resolve(folder, name);
  const { config, problems } = checkConfig(await readValue(name, file));
  if (problems.length > 0) throw invalid(problems.map((problem) => `${name}: ${problem}`).join('\n'));
  return { file, config };
}

function findConfig(folder: string): string | undefined {
  return EXTENSIONS.map((extension) => `grappolo.config${extension}`).find((name) =>
    existsSync(path.join(folder, name)),
  );
}

async function readValue(name: string, file: string): Promise<unknown> {
  const extension = path.extname(file);
  if (!EXTENSIONS.includes(extension)) {
    throw invalid(`${name}: a config file must end in ${EXTENSIONS.join(', ')}, not in "${extension}"`);
  }
  const text = readText(name, file);
  return extension === '.json' ? parseJson(name, text) : settled(name, runModule(name, file));
}

function readText(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw invalid(`${name}: there is no such config file`, error);
    throw invalid(`${name}: cannot be read: ${messageOf(error)}`, error);
  }
}

function parseJson(name: string, text: string): unknown {
  const wrong = findJsonError(text);
  if (!wrong) return JSON.parse(text);
  const found = wrong.found === undefined ? 'it ends too early' : `unexpected ${JSON.stringify(wrong.found)}`;
  throw invalid(`${name}: is not JSON: line ${wrong.line}, column ${wrong.column}: ${found}`);
}

/** Where nothing is left that could settle it, Node would end with 0, without a word. */
async function settled(name: string, value: Promise<unknown>): Promise<unknown> {
  const over = new AbortController();
  const never = once(process, 'beforeExit', { signal: over.signal }).then(() => {
    throw invalid(`${name}: it waits for something that never comes`);
  });
  try {
    return await Promise.race([value, never]);
  } finally {
    over.abort();
  }
}

async function runModule(name: string, file: string): Promise<unknown> {
  const exported = await importDefault(name, file);
  if (typeof exported !== 'function') return exported;
  try {
    return await (exported as () => unknown)();
  } catch (error) {
    throw invalid(`${name}: its function has failed: ${messageOf(error)}`, error);
  }
}

async function importDefault(name: string, file: string): Promise<unknown> {
  let exported: unknown;
  try {
    ({ default: exported } = (await import(pathToFileURL(file).href)) as { default?: unknown });
  } catch (error) {
    // Not asked of `process.features`: a loader may have taught this Node TypeScript.
    const needsTypeScript = file.endsWith('ts') && isUnknownExtension(error);
    const why = needsTypeScript
      ? `Node.js ${process.version} does not load TypeScript: ${TYPESCRIPT_NODES}`
      : `${whereOf(error, file)}${messageOf(error)}`;
    throw invalid(`${name}: cannot be loaded: ${why}`, error);
  }
  if (exported === undefined)
    throw invalid(`${name}: has no default export: it must be an object or a function`);
  // As compilers translate `export default` to CommonJS.
  return isTranslated(exported) ? exported.default : exported;
}

function isTranslated(exported: unknown): exported is { default: unknown } {
  return (
    typeof exported === 'object' && exported !== null && '__esModule' in exported && 'default' in exported
  );
}

function isUnknownExtension(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION';
}

/** The place of a syntax error, which Node writes only above the stack; of an ES module it tells it nobody but on standard error. */
function whereOf(error: unknown, file: string): string {
  if (!(error instanceof SyntaxError)) return '';
  const place = /^.*:(\d+)\n/;
  const line = (place.exec(error.stack ?? '') ?? place.exec(checkedByNode(file)))?.[1];
  return line === undefined ? '' : `line ${line}: `;
}

function checkedByNode(file: string): string {
  if (!file.endsWith('js')) return '';
  const args = ['--check', file];
  const stdio = ['ignore', 'ignore', 'pipe'] as const;
  return spawnSync(process.execPath, args, { stdio: [...stdio], encoding: 'utf8' }).stderr;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function invalid(message: string, cause?: unknown): GrappoloError {
  return new GrappoloError('ERR_GRAPPOLO_INVALID_CONFIG', message, { cause });
}
