// Packs the project as npm would publish it, installs the tarball into an empty project, and uses it as its users do.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => path.join(ROOT, 'node_modules', '.bin', name);
const dir = mkdtempSync(path.join(tmpdir(), 'grappolo-package-'));

try {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', dir], ROOT));
  const tarball = path.join(dir, packed.filename);
  console.log(`${packed.filename}: ${packed.files.length} files, ${Math.ceil(packed.size / 1024)} kB`);
  step('holds what it should', () => checkFiles(packed.files.map((file) => file.path)));
  step('publint', () => run(bin('publint'), ['--strict', tarball], ROOT));
  step('attw', () => run(bin('attw'), [tarball], ROOT));

  const project = path.join(dir, 'project');
  cpSync(path.join(ROOT, 'scripts', 'package-users'), project, { recursive: true });
  writeFileSync(path.join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  step('installs without scripts', () =>
    run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', tarball], project),
  );
  step('import and require are one object', () => run(process.execPath, ['same.mjs'], project));
  step('register takes the place of node:cluster', () =>
    run(process.execPath, ['--import', 'grappolo/register', 'drop-in.cjs'], project),
  );
  step('the command answers', () =>
    assert.match(
      run(path.join(project, 'node_modules/.bin/grappolo'), ['--version'], project),
      /\d+\.\d+\.\d+/,
    ),
  );
  step('types', () => checkTypes(project));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}

function step(name, check) {
  check();
  console.log(`ok: ${name}`);
}

function run(file, args, cwd) {
  try {
    return execFileSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new Error(`${path.basename(file)} ${args.join(' ')} failed:\n${error.stdout}\n${error.stderr}`, {
      cause: error,
    });
  }
}

function checkFiles(files) {
  for (const needed of [
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'dist/index.js',
    'dist/index.cjs',
    'dist/index.d.ts',
    'dist/index.d.cts',
    'dist/boot.cjs',
  ]) {
    assert.ok(files.includes(needed), `${needed} is missing`);
  }
  const extra = files.filter(
    (file) => !/^(dist\/|README\.md$|LICENSE$|CHANGELOG\.md$|package\.json$)/.test(file),
  );
  assert.deepEqual(extra, []);
  const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  for (const script of ['preinstall', 'install', 'postinstall'])
    assert.equal(manifest.scripts[script], undefined);
}

/** As strictly as users may: the package's own declarations are checked, too. */
function checkTypes(project) {
  const options = ['--strict', '--noEmit', '--types', 'node', '--target', 'es2022'];
  const roots = ['--typeRoots', path.join(ROOT, 'node_modules', '@types')];
  for (const module of [
    ['--module', 'nodenext'],
    ['--module', 'node16'],
    ['--module', 'preserve', '--moduleResolution', 'bundler'],
  ])
    run(bin('tsc'), [...options, ...roots, ...module, 'use.mts', 'use.cts'], project);
}
