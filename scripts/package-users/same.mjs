import assert from 'node:assert';
import { createRequire } from 'node:module';
import cluster, * as names from 'grappolo';
assert.equal(createRequire(import.meta.url)('grappolo'), cluster);
assert.equal(names.fork, cluster.fork);
assert.equal(names.isPrimary, true);
