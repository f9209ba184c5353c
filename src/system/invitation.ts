import { DescriptorMail, streamPair, systemError } from './descriptors.ts';
import { loadLibc } from './libc.ts';
import type { Libc } from './libc.ts';
import { openPipe } from './node-internals.ts';
import type { RawHandle } from './node-internals.ts';
import { mapSharedPage } from './shared-page.ts';

/** A stream socket that holds descriptors: Node sends such, and nothing else that could bring them. The caller closes it. */
export function invite(libc: Libc, mail: DescriptorMail, descriptors: readonly number[]): RawHandle {
  const [here, there] = streamPair(libc);
  const errno = mail.send(here, [0], descriptors);
  libc.close(here);
  const handle = errno === 0 ? openPipe(there) : errno;
  if (typeof handle !== 'number') return handle;
  libc.close(there);
  throw systemError('sendmsg', -handle);
}

/**
 * The page that an invitation brings, which is closed.
 *
 * @throws {Error} Where this process cannot have it.
 */
export function openInvitedPage(invitation: RawHandle): ArrayBuffer {
  try {
    const libc = loadLibc();
    const [fd] = new DescriptorMail(libc).receive(invitation.fd ?? -1)?.descriptors ?? [];
    if (fd === undefined) throw Object.assign(new Error('the invitation holds no page'), { code: 'EMFILE' });
    try {
      return mapSharedPage(libc, fd);
    } finally {
      libc.close(fd);
    }
  } finally {
    invitation.close();
  }
}
