// Compiles src/ to dist/: one CommonJS file for each role, since reading many small ones costs each process that loads them
// some 10 ms and more; and the types.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { minifySync } from 'rolldown/utils';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const inSrc = (file) => path.join(ROOT, 'src', file);
const inDist = (file) => path.join(ROOT, 'dist', file);

/** Loaded by their names, so that what does not need them does not hold them. */
const ROLES = [/^\.{1,2}\/(?:primary|supervise|boot|hub|index|command|ui)\.cjs$/];

/** As much of Node's modules as the words of the command need. */
const IN_BROWSER = {
  'node:path': "export default { basename: (file) => file.slice(file.lastIndexOf('/') + 1) };",
  'node:util': 'export const getSystemErrorMap = () => new Map();',
};

/** Functions and classes keep their names, and each statement its line: where one throws, Node prints that. */
const SHORT = { compress: true, mangle: { toplevel: false }, codegen: { removeWhitespace: false } };

rmSync(inDist(''), { recursive: true, force: true });
writeTypes();

// What one process may load of these shares its chunks, so that there is one of each class and of each record.
await bundle(
  {
    register: inSrc('register.ts'),
    primary: inSrc('primary.ts'),
    supervise: inSrc('supervisor/supervise.ts'),
    command: inSrc('cli/main.ts'),
  },
  {
    chunkFileNames: 'for-[name].cjs',
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        { name: 'register', test: (file) => neededBy(inSrc('register.ts')).has(file) },
        { name: 'all', test: /src[\\/](?!supervisor)/, minShareCount: 2 },
      ],
    },
  },
);
await bundle({ cli: inSrc('cli/entry.ts') });
// A worker has all that it loads before its program in one file, and what its program loads by importing the library in another.
await bundle({ boot: inSrc('boot.ts') }, { chunkFileNames: 'boot-[name].cjs' }, true);
await bundle({ index: inSrc('this-cluster.ts') }, { footer: await namesForImport() }, true);
await bundle({ metrics: inSrc('expose-metrics.ts') });
// What a program works together with others by, in front of this process's cluster, and what its primary does for that.
await bundle(
  { together: inSrc('together.ts'), hub: inSrc('together/hub-side.ts') },
  { chunkFileNames: 'together-[name].cjs' },
);
// Both serve the operations page.
await bundle({ ops: inSrc('ops/main.ts'), ui: inSrc('cli/ui.ts') }, { chunkFileNames: 'ops-[name].cjs' });
await bundle({ 'orphan-guard-process': inSrc('system/orphan-guard-process.cts') });
// For who imports a file of the package by its path, as an ES module: with `exports` nobody needs it.
await build({
  input: { index: inSrc('index.ts') },
  plugins: [
    {
      name: 'this-cluster',
      resolveId: (id) => (id.endsWith('this-cluster.ts') ? { id: './index.cjs', external: true } : null),
    },
  ],
  // What require() of it gives: https://nodejs.org/api/modules.html#loading-ecmascript-modules-using-require
  output: { dir: inDist(''), format: 'esm', footer: "export { cluster as 'module.exports' };" },
});
await buildPage();

/**
 * The types of the entries, and in `types/` what they mention, as CommonJS: an ES module may import that, and needs no attribute for
 * it, which TypeScript takes in some modes only.
 */
function writeTypes() {
  const tsc = path.join(ROOT, 'node_modules', '.bin', 'tsc');
  const all = mkdtempSync(path.join(tmpdir(), 'grappolo-types-'));
  execFileSync(tsc, ['-p', ROOT, '--emitDeclarationOnly', '--outDir', all], { stdio: 'inherit' });
  for (const name of ['index.d.ts', 'together.d.ts']) {
    const entry = path.join(all, name);
    for (const file of neededBy(entry, true).add(entry)) {
      const types = readFileSync(file, 'utf8').replaceAll(/\bfrom '(\..+)\.ts';$/gm, "from '$1.cjs';");
      write(path.join('types', path.relative(all, file).replace(/\.ts$/, '.cts')), types);
    }
  }
  rmSync(all, { recursive: true });
  for (const name of ['index.d.cts', 'register.d.cts', 'metrics.d.cts', 'together.d.cts']) {
    const types = readFileSync(inSrc(name), 'utf8');
    write(name, types.replace(/'\.\/(\w+)\.js' with \{[^}]+\}/, "'./types/$1.cjs'"));
  }
  write('index.d.ts', "export * from './types/index.cjs';\nexport { default } from './index.cjs';\n");
}

function write(file, text) {
  mkdirSync(path.dirname(inDist(file)), { recursive: true });
  writeFileSync(inDist(file), text);
}

/**
 * What ES modules may import by name of the cluster, for whoever only reads the file: Node, which looks for it before it loads
 * CommonJS, and bundlers. https://nodejs.org/api/esm.html#commonjs-namespaces
 */
async function namesForImport() {
  const { output } = await build({ input: inSrc('index.ts'), platform: 'node', write: false });
  const names = output[0].exports.filter((name) => name !== 'default');
  return `0 && (module.exports = { ${names.join(', ')} });`;
}

/** The operations page: its own files as they are, beside them what it is made with, each as one small module, and its licence. */
async function buildPage() {
  const inPage = path.join(ROOT, 'page');
  for (const file of readdirSync(inPage, { recursive: true, encoding: 'utf8' })) {
    if (/\.(?:html|css|js|svg)$/.test(file)) cpSync(path.join(inPage, file), inDist(path.join('page', file)));
  }
  const modules = readdirSync(path.join(inPage, 'lib')).filter((file) => file.endsWith('.ts'));
  await build({
    input: Object.fromEntries(
      modules.map((file) => [file.replace('.ts', ''), path.join(inPage, 'lib', file)]),
    ),
    platform: 'browser',
    plugins: [{ name: 'without-node', resolveId: findForBrowser, load: (id) => IN_BROWSER[id] }],
    output: { dir: inDist('page/lib'), format: 'esm', minify: true },
  });
  const inModules = (file) => path.join(ROOT, 'node_modules', file);
  cpSync(inModules('uplot/dist/uPlot.min.css'), inDist('page/lib/uPlot.min.css'));
  for (const name of ['htm', 'preact', 'uplot'])
    cpSync(inModules(`${name}/LICENSE`), inDist(`page/lib/LICENSE-${name}.txt`));
}

function findForBrowser(id) {
  return id in IN_BROWSER ? id : null;
}

/** The files that an entry imports, itself excepted, and those that they import; of types, or of code alone. */
function neededBy(entry, isTypes = false) {
  const statement = isTypes ? /\bfrom '(\..+)';$/gm : /^(?:import|\}) (?!type )[^;]*?from '(\..+)';$/gm;
  const needed = new Set();
  const add = (file) => {
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(statement)) {
      const imported = path.resolve(
        path.dirname(file),
        isTypes ? specifier.replace(/\.ts$/, '.d.ts') : specifier,
      );
      if (needed.has(imported)) continue;
      needed.add(imported);
      add(imported);
    }
  };
  add(entry);
  return needed;
}

/** `isShort`: every worker reads it before its program, so it is as short as it can be with the names that stacks show. */
async function bundle(input, output, isShort = false) {
  await build({
    input,
    preserveEntrySignatures: 'allow-extension',
    platform: 'node',
    external: ROLES,
    plugins: [
      { name: 'common-js', transform: inCommonJs, generateBundle: exportPlainly },
      ...(isShort ? [{ name: 'short', generateBundle: shorten }] : []),
    ],
    output: {
      dir: inDist(''),
      format: 'cjs',
      exports: 'auto',
      entryFileNames: '[name].cjs',
      strict: true,
      esModule: false,
      externalLiveBindings: false,
      generatedCode: { symbols: false },
      ...output,
    },
    logLevel: 'warn',
  });
}

/**
 * What an ES module says of itself, in CommonJS; and Node's own modules without a require(), which throws in what esbuild makes of
 * CommonJS for ES modules. Whatever file a bundler has moved the code to, it knows nothing of where it lies, or something wrong.
 */
function inCommonJs(code) {
  return code
    .replace(
      /^import \{ createRequire \} from 'node:module';\n(?=[^]*createRequire\(import\.meta\.url\))/m,
      '',
    )
    .replaceAll('createRequire(import.meta.url)', 'require')
    .replaceAll(/import\.meta\.(dir|file)name/g, "(typeof __$1name === 'string' ? __$1name : '')")
    .replaceAll(/^import (\w+, )?(\w+|\{[^}]+\}) from '(node:[\w/]+)';$/gm, (_, both, names, module) => {
      const wanted = both ? [both.slice(0, -2), names] : [names];
      const patterns = wanted.map((name) => name.replaceAll(' as ', ': '));
      // What is asked for and not used is left out, node:dgram in workers for one.
      return patterns
        .map((name) => `const ${name} = /* @__PURE__ */ process.getBuiltinModule('${module}');`)
        .join('\n');
    });
}

/** Nothing that is exported is ever assigned again; and a getter cannot be defined where all objects inherit a `set`. */
function exportPlainly(_options, output) {
  for (const chunk of Object.values(output)) {
    chunk.code = chunk.code.replaceAll(
      /Object\.defineProperty\(exports, "(\w+)", \{\s*enumerable: true,\s*get: function\(\) \{\s*return (\w+);\s*\}\s*\}\);/g,
      'exports.$1 = $2;',
    );
  }
}

/**
 * In a worker of Node 20, comments and long names cost a millisecond to read and to compile, and as much for the garbage that they
 * are: V8 would clean up just before the program's first line.
 */
function shorten(_options, output) {
  for (const chunk of Object.values(output)) {
    const { code, errors } = minifySync(chunk.fileName, chunk.code, SHORT);
    if (errors.length > 0) throw new Error(`Cannot shorten ${chunk.fileName}: ${errors[0].message}`);
    chunk.code = code;
  }
}
