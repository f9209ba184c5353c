import { readdirSync, readFileSync } from 'node:fs';

import { inRoot } from '../support/paths.ts';

/** All pages, as paths from the root. */
export const PAGES: readonly string[] = ['.', 'docs', 'docs/errors', 'examples', 'packages/fleet'].flatMap(
  (folder) =>
    readdirSync(inRoot(folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => (folder === '.' ? name : `${folder}/${name}`)),
);

export function read(file: string): string {
  return readFileSync(inRoot(file), 'utf8');
}

/** What stands in fences, by language: the texts in order. */
export function fenced(page: string, language: string): string[] {
  return [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, text]) =>
    String(text),
  );
}

/** The rows of all tables below a heading, by cell. */
export function rowsBelow(page: string, heading: string): string[][] {
  const section = read(page).split(`\n${heading}\n`)[1]?.split(/^#+ /m)[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| -'))
    .slice(1)
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: string): string[] {
  const prose = read(page).replaceAll(/^```.*?^```/gms, '');
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    String(heading)
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}
