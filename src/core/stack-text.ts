import { fileURLToPath } from 'node:url';

import type { CallFrame } from './inspector-messages.ts';

const MAX_FRAMES = 50;

/** The innermost frames in the form of `error.stack`, one a line, without a message above them. */
export function stackText(frames: readonly CallFrame[], urls: ReadonlyMap<string, string>): string {
  return frames
    .slice(0, MAX_FRAMES)
    .map(({ functionName, scriptId, line, column }) => {
      const place = `${placeOf(urls.get(scriptId) ?? '')}:${line + 1}:${column + 1}`;
      return functionName === '' ? `    at ${place}` : `    at ${functionName} (${place})`;
    })
    .join('\n');
}

/** A file's path: the inspector gives URLs, also of CommonJS modules. */
function placeOf(url: string): string {
  if (url === '') return '<anonymous>';
  if (!url.startsWith('file:')) return url;
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}
