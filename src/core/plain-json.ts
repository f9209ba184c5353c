/** What JSON can hold, but for `undefined`, which is left out as by JSON.stringify(). */
export type PlainData =
  string | number | boolean | null | undefined | readonly PlainData[] | { readonly [key: string]: PlainData };

/** The JSON of plain data, whatever `toJSON` programs have put on the prototypes of objects and arrays. */
export function plainJson(data: PlainData): string {
  if (typeof data !== 'object' || data === null) return JSON.stringify(data) ?? 'null';
  const parts: string[] = [];
  if (isList(data)) {
    for (const item of data) parts.push(plainJson(item));
    return `[${parts.join(',')}]`;
  }
  for (const [key, value] of Object.entries(data)) {
    if (value !== undefined) parts.push(`${JSON.stringify(key)}:${plainJson(value)}`);
  }
  return `{${parts.join(',')}}`;
}

function isList(data: object): data is readonly PlainData[] {
  return Array.isArray(data);
}
