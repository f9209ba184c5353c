/** Where a function of a paused process is. Line and column count from 0. */
export interface CallFrame {
  readonly functionName: string;
  readonly scriptId: string;
  readonly line: number;
  readonly column: number;
}

/** What a debugger's session is told, as far as it matters for where a process is. */
export type InspectorMessage =
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'refused'; readonly id: number; readonly reason: string }
  | { readonly type: 'script'; readonly scriptId: string; readonly url: string }
  | { readonly type: 'paused'; readonly frames: readonly CallFrame[] };

/** `undefined` for a message about something else. @throws {SyntaxError} Where it is not JSON. */
export function parseInspectorMessage(text: string): InspectorMessage | undefined {
  const { id, error, method, params } = fieldsOf(JSON.parse(text));
  if (typeof id === 'number') {
    if (error === undefined) return { type: 'done', id };
    return { type: 'refused', id, reason: String(fieldsOf(error)['message']) };
  }
  if (method === 'Debugger.scriptParsed') {
    const { scriptId, url } = fieldsOf(params);
    return { type: 'script', scriptId: String(scriptId), url: typeof url === 'string' ? url : '' };
  }
  if (method !== 'Debugger.paused') return undefined;
  const { callFrames } = fieldsOf(params);
  return { type: 'paused', frames: Array.isArray(callFrames) ? callFrames.map(parseFrame) : [] };
}

function parseFrame(frame: unknown): CallFrame {
  const { functionName, location } = fieldsOf(frame);
  const { scriptId, lineNumber, columnNumber } = fieldsOf(location);
  return {
    functionName: typeof functionName === 'string' ? functionName : '',
    scriptId: String(scriptId),
    line: Number(lineNumber ?? 0),
    column: Number(columnNumber ?? 0),
  };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
