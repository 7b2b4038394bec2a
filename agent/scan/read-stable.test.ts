import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { hashBuffer } from './hash.ts';
import { lstatPath } from './lstat.ts';
import { probeFilesystem } from './probe-fs.ts';
import { hashFile, readLinkTarget, readStable } from './read-stable.ts';

let folder: AbsPath;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsync-read-')) as AbsPath;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => childPath(folder, name);
const sha = (text: string | Buffer) => createHash('sha256').update(text).digest('base64url');

test.each([0, 1, 4_095, 4_096, 700_000])('a file of %i bytes comes whole, with its hash and its stat', async (size) => {
  const bytes = Buffer.alloc(size, 'dsync ');
  writeFileSync(at('f'), bytes);
  const stat = lstatPath(at('f'));
  const read = readStable(at('f'), 1 << 20);
  expect(read).toMatchObject({ kind: 'content', hash: sha(bytes), stat });
  expect(read.kind === 'content' && read.bytes.equals(bytes)).toBe(true);
  expect(await hashFile(at('f'))).toEqual({ kind: 'hashed', hash: sha(bytes), stat });
});

test('hashBuffer() is SHA-256 in base64url', () => {
  expect(hashBuffer('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
});

test('a file above the limit is not read', () => {
  writeFileSync(at('f'), 'abc');
  expect(readStable(at('f'), 2)).toEqual({ kind: 'large', stat: lstatPath(at('f')) });
  expect(readStable(at('f'), 3).kind).toBe('content');
});

test('what is not there is gone, also below a file', async () => {
  writeFileSync(at('f'), '');
  for (const name of ['none', 'f/x', 'none/x']) {
    expect(readStable(at(name), 10)).toEqual({ kind: 'gone' });
    expect(await hashFile(at(name))).toEqual({ kind: 'gone' });
    expect(readLinkTarget(at(name))).toEqual({ kind: 'gone' });
    expect(lstatPath(at(name))).toBeUndefined();
  }
});

test('what is no file is to be looked at again, and never waited for', async () => {
  mkdirSync(at('folder'));
  symlinkSync('/etc/passwd', at('link'));
  execFileSync('mkfifo', [at('pipe')]);
  for (const name of ['folder', 'link', 'pipe']) {
    expect(readStable(at(name), 10)).toEqual({ kind: 'unstable' });
    expect(await hashFile(at(name))).toEqual({ kind: 'unstable' });
  }
  expect(['folder', 'link', 'pipe'].map((name) => lstatPath(at(name))?.kind)).toEqual(['folder', 'symlink', 'special']);
});

test('a file that changes while it is hashed is unstable', async () => {
  writeFileSync(at('f'), Buffer.alloc(32 << 20));
  let over = false;
  const hashing = hashFile(at('f')).finally(() => {
    over = true;
  });
  while (!over) {
    appendFileSync(at('f'), 'x');
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await hashing).kind).toBe('unstable');
  expect((await hashFile(at('f'))).kind).toBe('hashed');
});

test('hashFile() stops with the reason of the signal', async () => {
  writeFileSync(at('f'), Buffer.alloc(8 << 20));
  const controller = new AbortController();
  const hashing = hashFile(at('f'), { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(hashing).rejects.toThrow('enough');
});

test('a symlink is its target, as it stands there', () => {
  symlinkSync('../é/./x', at('link'));
  expect(readLinkTarget(at('link'))).toMatchObject({ kind: 'target', target: '../é/./x', hash: sha('../é/./x') });
  writeFileSync(at('f'), '');
  expect(readLinkTarget(at('f'))).toEqual({ kind: 'unstable' });
});

test.runIf(process.platform === 'linux')('a target that is no UTF-8 is a problem', () => {
  symlinkSync(Buffer.from([0x61, 0xff]), at('link'));
  expect(readLinkTarget(at('link'))).toMatchObject({ kind: 'problem', code: 'NAME_INVALID' });
});

test('lstatPath() tells nanoseconds and the whole mode', () => {
  writeFileSync(at('f'), 'abc', { mode: 0o640 });
  execFileSync('touch', ['-d', '2026-01-02T03:04:05.123456789Z', at('f')]);
  linkSync(at('f'), at('g'));
  const stat = lstatPath(at('f'));
  expect(stat).toMatchObject({ kind: 'file', sizeBytes: 3, mode: 0o100640, mtimeNs: 1767323045123456789n });
  expect(lstatPath(at('g'))).toEqual(stat);
});

test('probeFilesystem() finds the traits and leaves nothing behind', () => {
  const traits = probeFilesystem(folder);
  if (process.platform === 'linux') {
    expect(traits).toEqual({
      caseSensitive: true,
      decomposes: false,
      unicodeSensitive: true,
      modeBits: true,
      symlinks: true,
    });
  }
  expect(execFileSync('ls', ['-A', folder], { encoding: 'utf8' })).toBe('');
});
