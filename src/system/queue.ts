import { DescriptorMail, messagePair } from './descriptors.ts';
import type { Parcel } from './descriptors.ts';
import { invite } from './invitation.ts';
import { loadLibc } from './libc.ts';
import type { Libc } from './libc.ts';
import type { RawHandle } from './node-internals.ts';
import { mapSharedPage, SharedPages } from './shared-page.ts';
import { createWakeup, onWakeup, wake } from './wakeup.ts';

/** The primary's end of a queue of descriptors to one worker, and the memory that it shares with it. */
export interface QueueSender {
  readonly words: Int32Array;
  /** Gives 0, or the negative number of the error; the descriptors stay open here. Wakes the worker. */
  send(words: readonly number[], descriptors: readonly number[]): number;
  /** Empties the queue, which the primary can read as well. */
  discard(): void;
  /** The handle that brings the other end to the worker; the caller closes it once it is sent. */
  invitation(): RawHandle;
  /** The memory is used again for another queue: the worker must have ended, or never have had it. */
  close(): void;
}

/** The worker's end. */
export interface QueueReceiver {
  readonly words: Int32Array;
  receive(): Parcel | undefined;
  /** Closes a descriptor that was received. */
  close(descriptor: number): void;
  wakePrimary(): void;
}

/** Makes queues for the workers of one primary; `onWake` is called when a worker wants to be looked after. */
export class QueueFactory {
  readonly #libc: Libc;
  readonly #mail: DescriptorMail;
  readonly #wakeup: number;
  readonly #pages: SharedPages;

  /** @throws {Error} Where this platform has no queues. */
  constructor(onWake: () => void) {
    this.#libc = loadLibc();
    this.#mail = new DescriptorMail(this.#libc);
    this.#pages = new SharedPages(this.#libc);
    this.#wakeup = createWakeup(this.#libc);
    try {
      onWakeup(this.#wakeup, onWake);
    } catch (error) {
      this.#libc.close(this.#wakeup);
      throw error;
    }
  }

  /** @throws {Error} Where the kernel refuses, for want of descriptors for example. */
  create(): QueueSender {
    const libc = this.#libc;
    const mail = this.#mail;
    const opened: number[] = [];
    const closeAll = (): void => opened.splice(0).forEach((fd) => libc.close(fd));
    try {
      const [sender, receiver] = messagePair(libc);
      opened.push(sender, receiver);
      const wakeup = createWakeup(libc);
      opened.push(wakeup);
      const page = this.#pages.take();
      return {
        words: new Int32Array(page.memory),
        send(words, descriptors) {
          const errno = mail.send(sender, words, descriptors);
          if (errno === 0) wake(libc, wakeup);
          return errno;
        },
        discard: () => mail.discard(receiver),
        invitation: () => invite(libc, mail, [receiver, wakeup, this.#wakeup, page.fd]),
        close: () => {
          // Twice, and two workers would get the same page.
          if (opened.length === 0) return;
          closeAll();
          this.#pages.giveBack(page);
        },
      };
    } catch (error) {
      closeAll();
      throw error;
    }
  }
}

/**
 * The worker's end of the queue that an invitation holds; `onWake` is called when the primary has put something there. The
 * invitation is closed.
 *
 * @throws {Error} Where this process cannot have it; nothing of it is open then.
 */
export function acceptInvitation(invitation: RawHandle, onWake: () => void): QueueReceiver {
  const libc = loadLibc();
  const mail = new DescriptorMail(libc);
  const descriptors = mail.receive(invitation.fd ?? -1)?.descriptors ?? [];
  try {
    const [receiver, wakeup, primaryWakeup, page] = descriptors;
    if (receiver === undefined || wakeup === undefined || primaryWakeup === undefined || page === undefined) {
      // What this process has no descriptor for does not reach it.
      throw Object.assign(new Error('the invitation holds no queue'), { code: 'EMFILE' });
    }
    const words = new Int32Array(mapSharedPage(libc, page));
    onWakeup(wakeup, onWake);
    libc.close(page);
    return {
      words,
      receive: () => mail.receive(receiver),
      close: (descriptor) => void libc.close(descriptor),
      wakePrimary: () => wake(libc, primaryWakeup),
    };
  } catch (error) {
    for (const descriptor of descriptors) libc.close(descriptor);
    throw error;
  } finally {
    invitation.close();
  }
}
