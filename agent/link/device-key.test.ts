import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AbsPath, absPath, childPath } from '../../platform/abs-path.ts';
import { generateDeviceKey, loadDeviceKey, parseDeviceKey } from './device-key.ts';

let folder: AbsPath;
beforeEach(() => {
  folder = absPath(mkdtempSync(`${tmpdir()}/dsync-key-`));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a key is made once, for this user alone, and found again', () => {
  const below = childPath(folder, 'keys');
  const key = loadDeviceKey(below);
  expect(loadDeviceKey(below)).toEqual(key);
  expect(readdirSync(below).sort()).toEqual(['device-key', 'device-key.pub']);
  expect(statSync(childPath(below, 'device-key')).mode & 0o777).toBe(0o600);
  expect(statSync(below).mode & 0o777).toBe(0o700);
});

test('OpenSSH reads the same key from it', () => {
  const key = loadDeviceKey(folder);
  const path = childPath(folder, 'device-key');
  expect(execFileSync('ssh-keygen', ['-y', '-f', path], { encoding: 'utf8' }).trim()).toBe(key.publicKey);
  expect(execFileSync('ssh-keygen', ['-lf', path], { encoding: 'utf8' })).toContain(key.fingerprint);
});

test('a file that holds something else is never replaced', () => {
  const path = childPath(folder, 'device-key');
  writeFileSync(path, 'mine');
  expect(() => loadDeviceKey(folder)).toThrow(expect.objectContaining({ code: 'BAD_STATE' }));
});

test('every key that is made can be read', () => {
  for (let i = 0; i < 600; i++) {
    const { privateKey, publicKey } = generateDeviceKey();
    expect(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64').length).toBe(51);
    expect(parseDeviceKey(privateKey).publicKey).toBe(publicKey);
  }
});
