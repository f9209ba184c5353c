/** What Node's inspector prints on stderr, from its start to its end. */
const LINES: readonly RegExp[] = [
  /^Debugger (?:listening|ending) on ws:\/\/\S+$/,
  /^For help, see: https:\/\/nodejs\.org\/\S+$/,
  /^Debugger attached\.$/,
  /^Waiting for the debugger to disconnect\.\.\.$/,
  /^Starting inspector on \S+ failed: .+$/,
];

/** Whether a line, without its end, is one that Node's inspector prints on stderr, and not the program. */
export function isInspectorLine(line: string): boolean {
  return LINES.some((pattern) => pattern.test(line));
}

/** How the start of an inspector went; its address only where that is one of this machine alone. */
export type InspectorStart =
  { readonly type: 'listening'; readonly url: string } | { readonly type: 'failed' };

/** What a line says of it. The program may have written the beginning of the line. */
export function inspectorStart(line: string): InspectorStart | undefined {
  const url = /Debugger listening on (ws:\/\/\S+)$/.exec(line)?.[1];
  if (url !== undefined) return isLoopback(url) ? { type: 'listening', url } : { type: 'failed' };
  return /Starting inspector on \S+ failed: /.test(line) ? { type: 'failed' } : undefined;
}

function isLoopback(url: string): boolean {
  return /^ws:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\]):\d+\/[\w-]+$/.test(url);
}
