import path from 'node:path';

const MAX_LENGTH = 64;

/** What a name may be, in words. */
export const NAME_RULE: string = `1 to ${MAX_LENGTH} letters (a to z), digits, ".", "_" and "-"`;

/** Whether an instance may have this name: it becomes the name of a file. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_LENGTH && /^[\w.-]+$/.test(value);
}

/** The name that an instance has by default: its file's without the extension, or its folder's where it is an index. */
export function nameOf(file: string): string {
  const full = path.resolve(file);
  const own = path.basename(full, path.extname(full));
  const name = own === 'index' ? path.basename(path.dirname(full)) || own : own;
  return name.replaceAll(/[^\w.-]+/g, '-').slice(0, MAX_LENGTH);
}
