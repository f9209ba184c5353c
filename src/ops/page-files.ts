import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

/** The files of the page, by the path at which a browser asks for them; read once, and nothing else is ever served. */
export class PageFiles {
  readonly #files = new Map<string, PageFile>();

  /** @param folder what the build has made of `page/` */
  constructor(folder: string) {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    for (const name of names) {
      const type = TYPES[path.extname(name)];
      if (type === undefined) continue;
      const file = { type, body: readFileSync(path.join(folder, name)) };
      this.#files.set(`/${name.split(path.sep).join('/')}`, file);
    }
    const index = this.#files.get('/index.html');
    if (index) this.#files.set('/', index);
  }

  get(url: string): PageFile | undefined {
    return this.#files.get(url);
  }
}
