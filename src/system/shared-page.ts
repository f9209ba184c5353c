import { systemError } from './descriptors.ts';
import type { Libc } from './libc.ts';

/** Memory that two processes share. */
export interface SharedPage {
  readonly memory: ArrayBuffer;
  readonly fd: number;
}

const PAGE_SIZE = 4096;
const MFD_CLOEXEC = 1;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

/** Pages of zeros. They stay mapped for as long as this process lives: nothing tells when a page's last view is gone. */
export class SharedPages {
  readonly #libc: Libc;
  readonly #unused: SharedPage[] = [];

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  take(): SharedPage {
    return this.#unused.pop() ?? createSharedPage(this.#libc);
  }

  /** The page is used again: whoever had it must have ended, or never have got it. */
  giveBack(page: SharedPage): void {
    new Uint8Array(page.memory).fill(0);
    this.#unused.push(page);
  }
}

function createSharedPage(libc: Libc): SharedPage {
  const fd = libc.memfd_create('grappolo', MFD_CLOEXEC);
  if (fd < 0) throw systemError('memfd_create', libc.errno());
  try {
    if (libc.ftruncate(fd, PAGE_SIZE) !== 0) throw systemError('ftruncate', libc.errno());
    return { memory: mapSharedPage(libc, fd), fd };
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/** The page behind a descriptor that another process made. */
export function mapSharedPage(libc: Libc, fd: number): ArrayBuffer {
  const pointer = libc.mmap(null, PAGE_SIZE, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  // MAP_FAILED is -1.
  if (pointer === null || pointer === 0xffff_ffff_ffff_ffffn || pointer === -1n) {
    throw systemError('mmap', libc.errno());
  }
  return libc.view(pointer, PAGE_SIZE);
}
