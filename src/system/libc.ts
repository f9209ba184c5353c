import { isShortage } from './descriptor-room.ts';
import { nativeRequire, requireFrom } from './native-require.ts';
import { manifestSeenByProgram } from './package-files.ts';

/** The system calls that Node does not have, and how memory is named in them. Only Linux on x64 and arm64 is known. */
export interface Libc {
  readonly accept4: (fd: number, address: null, length: null, flags: number) => number;
  readonly bind: (fd: number, address: Uint8Array, length: number) => number;
  readonly close: (fd: number) => number;
  readonly eventfd: (initial: number, flags: number) => number;
  readonly ftruncate: (fd: number, length: number) => number;
  readonly getsockopt: (
    fd: number,
    level: number,
    option: number,
    value: Uint8Array,
    length: Int32Array,
  ) => number;
  readonly inet_pton: (domain: number, address: string, binary: Uint8Array) => number;
  readonly listen: (fd: number, backlog: number) => number;
  readonly memfd_create: (name: string, flags: number) => number;
  readonly mmap: (
    at: null,
    length: number,
    access: number,
    flags: number,
    fd: number,
    offset: number,
  ) => unknown;
  readonly pipe2: (pair: Int32Array, flags: number) => number;
  readonly read: (fd: number, buffer: Uint8Array, length: number) => number;
  readonly recv: (fd: number, buffer: Uint8Array, length: number, flags: number) => number;
  readonly recvmsg: (fd: number, message: Uint8Array, flags: number) => number;
  readonly sched_yield: () => number;
  readonly sendmsg: (fd: number, message: Uint8Array, flags: number) => number;
  readonly setsockopt: (
    fd: number,
    level: number,
    option: number,
    value: Uint8Array,
    length: number,
  ) => number;
  readonly shutdown: (fd: number, how: number) => number;
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly socketpair: (domain: number, type: number, protocol: number, pair: Int32Array) => number;
  readonly write: (fd: number, data: Uint8Array, length: number) => number;
  /** The number of the last call's error, positive. */
  readonly errno: () => number;
  /** Where a buffer lies in memory. */
  readonly addressOf: (buffer: Uint8Array) => bigint;
  /** Memory that mmap() gave, as a buffer. It must stay mapped for as long as the buffer is used. */
  readonly view: (pointer: unknown, length: number) => ArrayBuffer;
}

const SIGNATURES = [
  'int accept4(int, void *, void *, int)',
  'int bind(int, void *, unsigned int)',
  'int close(int)',
  'int eventfd(unsigned int, int)',
  'int ftruncate(int, long)',
  'int getsockopt(int, int, int, void *, void *)',
  'int inet_pton(int, const char *, void *)',
  'int listen(int, int)',
  'int memfd_create(const char *, unsigned int)',
  'void *mmap(void *, size_t, int, int, int, long)',
  'int pipe2(void *, int)',
  'long read(int, void *, size_t)',
  'long recv(int, void *, size_t, int)',
  'long recvmsg(int, void *, int)',
  'int sched_yield()',
  'long sendmsg(int, void *, int)',
  'int setsockopt(int, int, int, void *, unsigned int)',
  'int shutdown(int, int)',
  'int socket(int, int, int)',
  'int socketpair(int, int, int, void *)',
  'long write(int, void *, size_t)',
];

interface Library {
  func(signature: string): unknown;
}

interface Koffi {
  load(library: null): Library;
  errno(): number;
  address(buffer: Uint8Array): bigint;
  view(pointer: unknown, length: number): ArrayBuffer;
}

let loaded: Libc | Error | undefined;

/**
 * The C library of this process, through koffi, an optional dependency. Loading takes some milliseconds, once.
 *
 * @throws {Error} Whatever is in the way: the same each time, but where that is a shortage of descriptors.
 */
export function loadLibc(): Libc {
  const found = loaded ?? tryToLoad();
  if (!isShortage(found)) loaded = found;
  if (found instanceof Error) throw found;
  return found;
}

/** The same; `undefined` where it cannot be had. */
export function tryLibc(): Libc | undefined {
  try {
    return loadLibc();
  } catch {
    return undefined;
  }
}

/** The same where it has been loaded already. */
export function loadedLibc(): Libc | undefined {
  return loaded instanceof Error ? undefined : loaded;
}

const others = new Map<string, unknown>();

/** A function that only some processes need, by its signature; `undefined` where the library cannot be had. */
export function libcFunction<F extends (...values: never[]) => unknown>(signature: string): F | undefined {
  if (!tryLibc()) return undefined;
  if (!others.has(signature)) others.set(signature, library?.func(signature));
  return others.get(signature) as F | undefined;
}

let library: Library | undefined;

function tryToLoad(): Libc | Error {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    return new Error(`system calls are not known on ${process.platform} ${process.arch}`);
  }
  try {
    const koffi = loadKoffi();
    const opened = koffi.load(null);
    library = opened;
    const functions = Object.fromEntries(
      SIGNATURES.map((signature) => [/(\w+)\(/.exec(signature)?.[1], opened.func(signature)]),
    );
    return {
      ...(functions as unknown as Omit<Libc, 'errno' | 'addressOf' | 'view'>),
      errno: () => koffi.errno(),
      addressOf: (buffer) => koffi.address(buffer),
      view: (pointer, length) => koffi.view(pointer, length),
    };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Beside this package; else, where a bundler has moved this code, as the program or the package that it sees would find it. */
function loadKoffi(): Koffi {
  try {
    return nativeRequire('koffi') as Koffi;
  } catch (error) {
    const manifest = manifestSeenByProgram();
    if (manifest === undefined) throw error;
    return requireFrom(manifest)('koffi') as Koffi;
  }
}
