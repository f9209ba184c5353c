import { once } from 'node:events';
import type { Server } from 'node:net';

/** Makes a server listen on a path whose file nobody else may use, from its first moment: the call binds before it returns. */
export async function listenPrivately(server: Server, file: string): Promise<void> {
  const before = process.umask(0o177);
  try {
    server.listen({ path: file, exclusive: true });
  } finally {
    process.umask(before);
  }
  await once(server, 'listening');
}
