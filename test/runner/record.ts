/** What the reporter writes about a test file, a line of JSON each. Names are those of the suites around it, and its own. */
export type TestRecord =
  | { readonly type: 'began'; readonly name: string }
  | { readonly type: 'passed'; readonly name: string; readonly tookMs: number }
  | { readonly type: 'skipped'; readonly name: string }
  | { readonly type: 'failed'; readonly name: string; readonly tookMs: number; readonly error: string };

/** The records of a file that has run, or was ended amid a line. */
export function parseRecords(text: string): readonly TestRecord[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as TestRecord);
}
