import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

import { inRoot } from '../support/paths.ts';

const PAGE = inRoot('dist/page');
const FILES = readdirSync(PAGE, { recursive: true, encoding: 'utf8' }).filter((file) =>
  statSync(path.join(PAGE, file)).isFile(),
);
const MOST_BYTES = 60_000;

describe('the files of the page', () => {
  it('that a browser loads are small, all together', () => {
    const sizes = FILES.filter((file) => !file.includes('LICENSE')).map(
      (file) => gzipSync(readFileSync(path.join(PAGE, file))).length,
    );
    const total = sizes.reduce((sum, size) => sum + size, 0);
    assert(total < MOST_BYTES, `${total} bytes`);
    assert(total > MOST_BYTES / 10, `only ${total} bytes: is all of it there?`);
  });

  it('come with the licences of what they are made with', () => {
    for (const [name, words] of Object.entries({
      htm: 'Apache License',
      preact: 'The MIT License',
      uplot: 'MIT License',
    }))
      assert.match(readFileSync(path.join(PAGE, `lib/LICENSE-${name}.txt`), 'utf8'), new RegExp(words));
  });

  it('name no other place, and hold no module of Node', () => {
    for (const file of FILES.filter((name) => /\.(?:js|css|html)$/.test(name))) {
      const text = readFileSync(path.join(PAGE, file), 'utf8');
      assert.doesNotMatch(
        text,
        /(?:src|href)="(?:https?:)?\/\/|url\(|@import ["']|from ?["'](?:node:|https?:)/,
        file,
      );
      for (const [, specifier = ''] of text.matchAll(/^import [^;]*?["']([^"']+)["'];?$/gm))
        assert(FILES.includes(path.join(path.dirname(file), specifier)), `${file} imports ${specifier}`);
    }
  });
});
