import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { absPath } from '../../../platform/abs-path.ts';
import { askedFault } from './root-checks.ts';

const HOME = '/home/me';

test.each([
  '/home/me/code',
  '/home/me/a.b/c',
  '/srv/data',
  '/data/models',
  '/home/me/etc',
  '/usrlocal',
  '/home/me/a..b',
])('a host without a shell here may put a root at %s', (path) => {
  expect(askedFault(absPath(path), { userHome: HOME })).toBeUndefined();
});

test.each([
  '/home/me/.ssh',
  '/home/me/.config/systemd/user',
  '/home/me/code/.git/hooks',
  '/home/me/Library/LaunchAgents',
  '/home/other/.ssh',
  '/etc',
  '/etc/cron.d',
  '/usr/local/bin',
  '/bin',
])('but not at %s', (path) => {
  expect(askedFault(absPath(path), { userHome: HOME })).toBeDefined();
});

test('nor where a link leads there; a home that itself lies in a hidden folder is a home', () => {
  const base = mkdtempSync(join(tmpdir(), 'dsync-root-checks-'));
  onTestFinished(() => rmSync(base, { recursive: true }));
  const home = join(base, '.pool/me');
  mkdirSync(join(home, '.ssh'), { recursive: true });
  mkdirSync(join(home, 'code'));
  symlinkSync('.ssh', join(home, 'looks-fine'));
  const faultOf = (below: string): string | undefined => askedFault(absPath(join(home, below)), { userHome: home });
  expect(faultOf('code')).toBeUndefined();
  expect(faultOf('code/new')).toBeUndefined();
  expect(faultOf('looks-fine')).toBeDefined();
  expect(faultOf('looks-fine/new')).toBeDefined();
});
