import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { loadConfig } from '../../src/cli/config-file.ts';
import { GrappoloError } from '../../src/core/errors.ts';
import { inRoot } from '../support/paths.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { endOf, SLOW_CONFIG, startCommand } from './command.ts';

const STRIPS_TYPES = Boolean((process.features as { typescript?: unknown }).typescript);

const FILES: readonly (readonly [name: string, text: string])[] = [
  ['grappolo.config.json', '\uFEFF{ "workers": 3 }'],
  ['grappolo.config.js', 'module.exports = { workers: 3 };'],
  ['grappolo.config.mjs', 'export default { workers: 3 };'],
  ['grappolo.config.mjs', 'export default () => ({ workers: 3 });'],
  ['grappolo.config.mjs', 'export default async () => ({ workers: await 3 });'],
  ['grappolo.config.cjs', 'module.exports = { workers: 3 };'],
  ['grappolo.config.cjs', 'exports.__esModule = true; exports.default = () => ({ workers: 3 });'],
];

const TYPESCRIPT: readonly (readonly [name: string, text: string])[] = [
  ['grappolo.config.ts', 'const workers: number = 3; export default { workers };'],
  ['grappolo.config.mts', 'export default async (): Promise<object> => ({ workers: 3 as number });'],
  ['grappolo.config.cts', 'module.exports = { workers: 3 as number };'],
];

const FAULTS: readonly (readonly [name: string, text: string, message: RegExp])[] = [
  [
    'grappolo.config.json',
    '{ "workers": "many" }',
    /^grappolo\.config\.json: workers must be a whole number from 1 or "max", not "many"$/,
  ],
  [
    'grappolo.config.json',
    '{ "worker": 3, "soak": -1 }',
    /^grappolo\.config\.json: worker is unknown; did you mean workers\?\ngrappolo\.config\.json: soak must/,
  ],
  [
    'grappolo.config.json',
    '{\n  "workers": 3,\n}',
    /^grappolo\.config\.json: is not JSON: line 3, column 1: unexpected "}"$/,
  ],
  ['grappolo.config.json', '', /^grappolo\.config\.json: is not JSON: line 1, column 1: it ends too early$/],
  ['grappolo.config.json', '[]', /^grappolo\.config\.json: it must give an object, not \[\]$/],
  ['grappolo.config.mjs', 'export const workers = 3;', /: has no default export/],
  ['grappolo.config.mjs', 'export default 5;', /: it must give an object, not 5$/],
  ['grappolo.config.mjs', 'export default () => {};', /: it must give an object, not undefined$/],
  ['grappolo.config.mjs', '\nexport default {', /: cannot be loaded: line 2: SyntaxError: Unexpected end/],
  ['grappolo.config.cjs', '\n\nconst = 3;', /: cannot be loaded: line 3: SyntaxError: Unexpected token/],
  ['grappolo.config.mjs', "import './missing.mjs';", /: cannot be loaded: Error: Cannot find module/],
  ['grappolo.config.mjs', "throw new RangeError('no');", /: cannot be loaded: RangeError: no$/],
  ['grappolo.config.mjs', 'throw null;', /: cannot be loaded: null$/],
  [
    'grappolo.config.mjs',
    "export default () => { throw new Error('no') };",
    /: its function has failed: Error: no$/,
  ],
  ['grappolo.config.mjs', 'export default async () => { throw 1 };', /: its function has failed: 1$/],
];

describe('loadConfig', () => {
  it('gives nothing where there is no file', async (t) => {
    assert.equal(await loadConfig(undefined, makeFolder(t)), undefined);
  });

  for (const [name, text] of FILES) {
    it(`reads ${name}: ${text}`, async (t) => {
      const folder = makeFolder(t, { [name]: text });
      assert.deepEqual(await loadConfig(undefined, folder), {
        file: path.join(folder, name),
        config: { workers: 3 },
      });
    });
  }

  for (const [name, text] of TYPESCRIPT) {
    it(`reads ${name}, or says which Node can: ${text}`, async (t) => {
      const loading = loadConfig(undefined, makeFolder(t, { [name]: text }));
      if (STRIPS_TYPES) assert.deepEqual((await loading)?.config, { workers: 3 });
      else await assert.rejects(loading, isInvalid(/ does not load TypeScript: Node\.js 22\.18, 23\.6 and /));
    });
  }

  it(
    'says in which line TypeScript is wrong',
    { skip: !STRIPS_TYPES && 'TypeScript cannot be loaded' },
    async (t) => {
      const folder = makeFolder(t, { 'grappolo.config.ts': '\nconst x: = 3;' });
      await assert.rejects(
        loadConfig(undefined, folder),
        isInvalid(/ cannot be loaded: line 2: SyntaxError: /),
      );
    },
  );

  it('says in which line a module is wrong', async (t) => {
    for (const name of ['grappolo.config.mjs', 'grappolo.config.cjs']) {
      const folder = makeFolder(t, { [name]: '\n\nconst x = { a: = 3 };' });
      await assert.rejects(
        loadConfig(undefined, folder),
        isInvalid(/ cannot be loaded: line 3: SyntaxError: /),
      );
    }
  });

  it('takes the first of several', async (t) => {
    const folder = makeFolder(t, {
      'grappolo.config.ts': 'export default { workers: 4 };',
      'grappolo.config.mjs': 'export default { workers: 3 };',
      'grappolo.config.js': 'module.exports = { workers: 2 };',
      'grappolo.config.json': '{ "workers": 1 }',
    });
    assert.deepEqual((await loadConfig(undefined, folder))?.config, { workers: 1 });
    assert.deepEqual((await loadConfig('grappolo.config.js', folder))?.config, { workers: 2 });
    assert.deepEqual((await loadConfig(path.join(folder, 'grappolo.config.mjs'), '/'))?.config, {
      workers: 3,
    });
  });

  for (const [name, text, message] of FAULTS) {
    it(`says what is wrong with ${name}: ${JSON.stringify(text)}`, async (t) => {
      await assert.rejects(loadConfig(undefined, makeFolder(t, { [name]: text })), isInvalid(message));
    });
  }

  it('says why a file cannot be read, by the name that it was given', async (t) => {
    const folder = makeFolder(t, { 'config.yaml': '' });
    mkdirSync(path.join(folder, 'grappolo.config.json'));
    await assert.rejects(
      loadConfig('x/none.json', folder),
      isInvalid(/^x\/none\.json: there is no such config file$/),
    );
    await assert.rejects(
      loadConfig('none.js', folder),
      isInvalid(/^none\.js: there is no such config file$/),
    );
    await assert.rejects(
      loadConfig(undefined, folder),
      isInvalid(/^grappolo\.config\.json: cannot be read: .*EISDIR/),
    );
    await assert.rejects(
      loadConfig('config.yaml', folder),
      isInvalid(/^config\.yaml: a config file must end in/),
    );
  });
});

describe('grappolo start with a config file', { concurrency: 2 }, () => {
  it('starts nothing and ends with 2 when it is wrong', async (t) => {
    const folder = makeFolder(t, {
      'grappolo.config.json': '{ "workers": "many", "file": "server.js", "soaks": 1 }',
      'server.js': "console.log('started')",
    });
    const { code, stdout, stderr } = await endOf(startCommand(t, ['start'], { cwd: folder }));
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.equal(
      stderr,
      'grappolo: grappolo.config.json: workers must be a whole number from 1 or "max", not "many"\n' +
        'grappolo: grappolo.config.json: soaks is unknown; did you mean soak?\n',
    );
  });

  const never = 'new Promise(() => {})';
  for (const text of [
    `export default () => ${never};`,
    `export default ${never};`,
    `await ${never}; export default {};`,
  ]) {
    it(`ends with 2 when it waits for what never comes: ${text}`, async (t) => {
      const folder = makeFolder(t, { 'grappolo.config.mjs': text, 'server.js': '' });
      const { code, stderr } = await endOf(startCommand(t, ['start', 'server.js'], { cwd: folder }));
      assert.deepEqual(
        { code, stderr },
        { code: 2, stderr: 'grappolo: grappolo.config.mjs: it waits for something that never comes\n' },
      );
    });
  }

  it('stops with 0 while it is loaded', async (t) => {
    const folder = makeFolder(t, { 'grappolo.config.mjs': SLOW_CONFIG, 'server.js': '' });
    const program = startCommand(t, ['start', 'server.js'], { cwd: folder });
    await program.waitFor(/loading\n/);
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('takes file and arguments from it, relative to it', async (t) => {
    const folder = makeFolder(t);
    mkdirSync(path.join(folder, 'app'));
    writeFileSync(
      path.join(folder, 'app', 'server.cjs'),
      'console.log(process.argv.slice(2).join()); process.exit()',
    );
    writeFileSync(
      path.join(folder, 'app', 'own.json'),
      '{ "workers": 1, "file": "server.cjs", "args": ["a", "b"] }',
    );
    const config = ['start', '--config', 'app/own.json'];
    const fromFile = await endOf(startCommand(t, config, { cwd: folder }));
    assert.match(fromFile.stdout, /^\[0\] a,b$/m);
    const fromFlags = await endOf(startCommand(t, [...config, '--', 'c'], { cwd: folder }));
    assert.match(fromFlags.stdout, /^\[0\] c$/m);
  });

  it('says that the program that it names is missing', async (t) => {
    const folder = makeFolder(t, { 'grappolo.config.json': '{ "file": "nope.js" }' });
    const { code, stdout, stderr } = await endOf(startCommand(t, ['start'], { cwd: folder }));
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    assert.match(stderr, /^grappolo: grappolo\.config\.json: file: No such file: .*nope\.js\n$/);
  });

  it('says that a folder to run in is missing', async (t) => {
    const folder = makeFolder(t, { 'server.cjs': '' });
    const started = startCommand(t, ['start', 'server.cjs', '--cwd', 'none'], { cwd: folder });
    const { code, stderr } = await endOf(started);
    assert.equal(code, 2);
    assert.match(stderr, /^grappolo: No such folder: none\n/);
  });
});

it('the example of docs/cli.md is a config file', async (t) => {
  const page = readFileSync(inRoot('docs/cli.md'), 'utf8');
  const example = /```json\n(.*?)```/s.exec(page)?.[1] ?? '';
  const loaded = await loadConfig(undefined, makeFolder(t, { 'grappolo.config.json': example }));
  assert.equal(loaded?.config.file, 'server.js');
});

function isInvalid(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof GrappoloError);
    assert.equal(error.code, 'ERR_GRAPPOLO_INVALID_CONFIG');
    assert.match(error.message, message);
    return true;
  };
}
