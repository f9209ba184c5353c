// A test that fails when it is run for the first time: FIRST names a file that it makes then.
import assert from 'node:assert';
import { existsSync, writeFileSync } from 'node:fs';
import { it } from 'node:test';

it('fails at first', () => {
  const isFirst = !existsSync(process.env.FIRST);
  writeFileSync(process.env.FIRST, '');
  assert(!isFirst, 'the first failure');
});
