/**
 * The few system calls that Node does not offer, by koffi. Loaded on first use, once; where koffi or a symbol is missing
 * the caller has a way without.
 *
 * Source: renameat2(2), utimensat(2), syncfs(2), malloc_trim(3), mallopt(3); macOS renamex_np(2), sync_volume_np in <unistd.h>.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { getSystemErrorName } from 'node:util';

export type RenameKind = 'exchange' | 'no-replace';

/** Every function returns 0, or a negated errno as Node has it. */
export interface Native {
  readonly rename: (from: string, to: string, kind: RenameKind) => number;
  /** Leaves the access time alone. */
  readonly setMtimeFd: (fd: number, mtimeNs: bigint) => number;
  /** Does not follow a symlink. */
  readonly setMtime: (path: string, mtimeNs: bigint) => number;
  readonly memory?: NativeMemory | undefined;
  /** Writes the whole filesystem out, off the event loop. */
  readonly syncFilesystem: ((fd: number, path: string) => Promise<number>) | undefined;
}

/** How the C library keeps memory for later; glibc alone keeps much. */
interface NativeMemory {
  /** Gives it back to the system, off the event loop. */
  readonly trim: () => Promise<void>;
  /** From now on large pieces go back as soon as they are freed, and leave no holes. */
  readonly keepNoLarge: () => void;
}

type Koffi = typeof import('koffi');
type Library = ReturnType<Koffi['load']>;

const AT_FDCWD_LINUX = -100;
const AT_SYMLINK_NOFOLLOW_LINUX = 0x100;
const AT_FDCWD_MACOS = -2;
const AT_SYMLINK_NOFOLLOW_MACOS = 0x20;
const UTIME_OMIT_LINUX = (1n << 30n) - 2n;
const UTIME_OMIT_MACOS = -2n;
/** In <malloc.h>. */
const M_MMAP_THRESHOLD = -3;
const LARGE_BYTES = 128 << 10;
const NS_PER_SECOND = 1_000_000_000n;

let loaded: { readonly native: Native | undefined } | undefined;

/** Returns undefined where koffi does not load or the platform is neither Linux nor macOS. */
export function loadNative(): Native | undefined {
  loaded ??= { native: tryLoad() };
  return loaded.native;
}

/** An error as Node's fs throws it, of what a {@link Native} function returned. */
export function systemError(negatedErrno: number, syscall: string, path: string, dest?: string): Error {
  const code = getSystemErrorName(negatedErrno);
  const message = `${code}: ${syscall} '${path}'${dest === undefined ? '' : ` -> '${dest}'`}`;
  return Object.assign(new Error(message), { code, errno: negatedErrno, syscall, path });
}

function tryLoad(): Native | undefined {
  if (process.platform !== 'linux' && process.platform !== 'darwin') return undefined;
  try {
    const koffi: Koffi = createRequire(import.meta.url)('koffi');
    const libc = koffi.load(null);
    return process.platform === 'linux' ? linuxNative(koffi, libc) : macosNative(koffi, libc);
  } catch {
    return undefined;
  }
}

function linuxNative(koffi: Koffi, libc: Library): Native {
  const renameat2 = linuxRename(libc);
  const syncfs = libc.func('int syncfs(int fd)');
  return {
    rename: (from, to, kind) => (renameat2(from, to, kind === 'exchange' ? 2 : 1) === 0 ? 0 : -koffi.errno()),
    ...times(koffi, libc, UTIME_OMIT_LINUX, AT_FDCWD_LINUX, AT_SYMLINK_NOFOLLOW_LINUX),
    syncFilesystem: (fd) => callAsync(koffi, (done) => syncfs.async(fd, done)),
    memory: optional(() => glibcMemory(koffi, libc)),
  };
}

/** @throws with another C library than glibc */
function glibcMemory(koffi: Koffi, libc: Library): NativeMemory {
  const trim = libc.func('int malloc_trim(size_t pad)');
  const mallopt = libc.func('int mallopt(int param, int value)');
  return {
    async trim() {
      await callAsync(koffi, (done) => trim.async(0, done));
    },
    // Set once, the bound of what is mapped for itself grows no more: by default each large piece freed raises it.
    keepNoLarge: () => void mallopt(M_MMAP_THRESHOLD, LARGE_BYTES),
  };
}

/** glibc before 2.28 and musl before 1.2.6 have no `renameat2`; the kernel has it by number since 3.15. */
function linuxRename(libc: Library): (from: string, to: string, flags: number) => number {
  try {
    const renameat2 = libc.func('int renameat2(int, const char *, int, const char *, unsigned int)');
    return (from, to, flags) => renameat2(AT_FDCWD_LINUX, from, AT_FDCWD_LINUX, to, flags);
  } catch {
    const syscall = libc.func('long syscall(long, long, const char *, long, const char *, long)');
    const number = process.arch === 'x64' ? 316 : process.arch === 'arm64' ? 276 : undefined;
    if (number === undefined) throw new Error(`no number of renameat2 known for ${process.arch}`);
    return (from, to, flags) => Number(syscall(number, AT_FDCWD_LINUX, from, AT_FDCWD_LINUX, to, flags));
  }
}

function macosNative(koffi: Koffi, libc: Library): Native {
  const renamexNp = libc.func('int renamex_np(const char *, const char *, unsigned int)');
  const syncVolume = optional(() => libc.func('int sync_volume_np(const char *, int)'));
  const fullAndWait = 3;
  return {
    rename: (from, to, kind) => (renamexNp(from, to, kind === 'exchange' ? 2 : 4) === 0 ? 0 : -koffi.errno()),
    ...times(koffi, libc, UTIME_OMIT_MACOS, AT_FDCWD_MACOS, AT_SYMLINK_NOFOLLOW_MACOS),
    syncFilesystem:
      syncVolume && ((_fd, path) => callAsync(koffi, (done) => syncVolume.async(path, fullAndWait, done))),
  };
}

function times(koffi: Koffi, libc: Library, omit: bigint, here: number, noFollow: number) {
  const futimens = libc.func('int futimens(int, void *)');
  const utimensat = libc.func('int utimensat(int, const char *, void *, int)');
  // Two timespecs of 64-bit fields: access time, then modification time.
  const spec = new BigInt64Array(4);
  spec[1] = omit;
  const fill = (mtimeNs: bigint): void => {
    const ns = ((mtimeNs % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
    spec[2] = (mtimeNs - ns) / NS_PER_SECOND;
    spec[3] = ns;
  };
  return {
    setMtimeFd: (fd: number, mtimeNs: bigint): number => {
      fill(mtimeNs);
      return futimens(fd, spec) === 0 ? 0 : -koffi.errno();
    },
    setMtime: (path: string, mtimeNs: bigint): number => {
      fill(mtimeNs);
      return utimensat(here, path, spec, noFollow) === 0 ? 0 : -koffi.errno();
    },
  };
}

/** The errno of another thread is not ours to read: a failure is reported as EIO. */
function callAsync(koffi: Koffi, call: (done: (error: unknown, result: number) => void) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      if (error) reject(error);
      else resolve(result === 0 ? 0 : -(koffi.os.errno.EIO ?? 5));
    });
  });
}

function optional<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
