import type { Writable } from 'node:stream';

/** How long whoever reads the output may take for what is left of it. */
const LAST_READING_MS = 2000;

/** Fulfilled when all that was written has left, or nobody reads it: `process.exit()` cuts off what waits for the reader of a pipe. */
export async function written(streams: readonly Writable[], patienceMs = LAST_READING_MS): Promise<void> {
  const waiting = streams.filter(({ writableLength }) => writableLength > 0);
  if (waiting.length === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)));
  await Promise.race([over, Promise.all(waiting.map((stream) => whenWritten(stream)))]);
  clearTimeout(timer);
}

async function whenWritten(stream: Writable): Promise<void> {
  // Called where it fails, too.
  await new Promise<void>((resolve) => stream.write('', () => resolve()));
}
