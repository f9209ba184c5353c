import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';

interface Manifest {
  readonly version: string;
  readonly type: string;
  readonly license: string;
  readonly engines: object;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const require = createRequire(import.meta.url);
const root = require(inRoot('package.json')) as Manifest;
const fleet = require(inRoot('packages/fleet/package.json')) as Manifest;

describe('the package of the fleet', () => {
  it('has the version of the main one, and runs where that does', () => {
    for (const key of ['version', 'type', 'license', 'engines'] as const) {
      assert.deepEqual(fleet[key], root[key], key);
    }
    assert.deepEqual(fleet.peerDependencies, { grappolo: `^${root.version}` });
  });

  it('is none that the main one needs', () => {
    const needed = Object.keys({ ...root.dependencies, ...root.optionalDependencies });
    assert.deepEqual(
      needed.filter((name) => /nats|fleet/.test(name)),
      [],
    );
  });

  it('is one module with what it exports', async () => {
    const built = (await import(inRoot('packages/fleet/dist/index.js'))) as object;
    const source = (await import('../../packages/fleet/src/index.ts')) as object;
    assert.deepEqual(Object.keys(built).toSorted(), Object.keys(source).toSorted());
  });
});
