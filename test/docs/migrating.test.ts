import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { checkConfig } from '../../src/cli/config.ts';
import { loadConfig } from '../../src/cli/config-file.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { fenced, rowsBelow } from './pages.ts';

const PAGE = 'docs/migrating.md';

describe(PAGE, () => {
  it('shows a config file that is valid', async (t) => {
    const [, shown = ''] = fenced(PAGE, 'js');
    const folder = makeFolder(t, { 'grappolo.config.mjs': shown });
    const loaded = await loadConfig(undefined, folder);
    assert.equal(loaded?.config.name, 'api');
    assert.equal(loaded.config.ready, 'message');
  });

  it('names only keys that the config file has', () => {
    const named = rowsBelow(PAGE, '### `ecosystem.config.js`').flatMap(([, here = '']) =>
      [...here.matchAll(/`([a-z][A-Za-z]*)(?::[^`]*)?`/g)].map(([, key]) => String(key)),
    );
    const unknown = named.filter((key) =>
      checkConfig({ [key]: undefined }).problems.some((problem) => problem.includes('is unknown')),
    );
    assert(named.length > 10);
    assert.deepEqual(unknown, []);
  });
});
