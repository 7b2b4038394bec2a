/**
 * One version for one platform as a tarball, named after what is in it.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import type { BundleFile } from './bundle-files.ts';
import type { Platform } from './probe.ts';

export interface Bundle {
  /** 16 hex digits; the same files for the same platform have the same. */
  readonly hash: string;
  readonly files: readonly BundleFile[];
  /** Unpacked. */
  readonly sizeBytes: number;
}

/** What can be called by its name; installed packages differ in their mode bits from host to host. */
const PROGRAM = /^dist\/[^/]+\.js$/;

/** Old tar programs complain about times near 1970; otherwise the time means nothing. */
const MTIME = new Date('2020-01-01T00:00:00Z');

export function createBundle(files: readonly BundleFile[], { os, arch }: Platform): Bundle {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const hash = createHash('sha256').update(`${os}-${arch}\0`);
  for (const { path, bytes } of sorted) {
    hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  }
  return {
    hash: hash.digest('hex').slice(0, 16),
    files: sorted,
    sizeBytes: sorted.reduce((sum, { bytes }) => sum + bytes.length, 0),
  };
}

/** @returns the whole tar.gz; the same bytes for the same bundle */
export async function packBundle({ files }: Bundle): Promise<Buffer> {
  const tar = pack();
  for (const { path, bytes } of files) {
    tar.entry({ name: path, mode: PROGRAM.test(path) ? 0o755 : 0o644, mtime: MTIME }, Buffer.from(bytes));
  }
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar.pipe(createGzip())) parts.push(part);
  return Buffer.concat(parts);
}
