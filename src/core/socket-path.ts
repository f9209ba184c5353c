import path from 'node:path';

/** What the name of a UNIX socket may have, in bytes; see unix(7). Elsewhere than on Linux it is less. */
const MAX_BYTES = process.platform === 'linux' ? 107 : 103;

export interface SocketPath {
  readonly absolute: string;
  /** Another spelling, which is shorter where the names of folders are long. */
  readonly alias?: string | undefined;
  /** The directory of the process that binds. */
  readonly folder: string;
}

/** The first spelling of a UNIX path that the kernel takes: absolute, relative, or another; the absolute one where none is. */
export function bindablePath({ absolute, alias, folder }: SocketPath): string {
  const spellings = [absolute, path.relative(folder, absolute), alias ?? absolute];
  return spellings.find((each) => Buffer.byteLength(each) <= MAX_BYTES) ?? absolute;
}
