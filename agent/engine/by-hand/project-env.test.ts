import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseProjectEnv } from './project-env.ts';

test.each<[string, unknown]>([
  ['DSYNC_REMOTE=web:/srv/app', { destination: 'web', path: '/srv/app' }],
  ['export DSYNC_REMOTE = "me@web:app"  # there', { destination: 'me@web', path: './app' }],
  ["DSYNC_REMOTE='web:/a b#c'", { destination: 'web', path: '/a b#c' }],
  ["DSYNC_REMOTE='web:/$x'", { destination: 'web', path: '/$x' }],
  ['DSYNC_REMOTE=web:/x # comment', { destination: 'web', path: '/x' }],
  ['DSYNC_REMOTE=a:/1\nDSYNC_REMOTE=b:/2\r\n', { destination: 'b', path: '/2' }],
  ['AMPLIFIER_SYNC_REMOTE=old:/x', { destination: 'old', path: '/x' }],
  ['AMPLIFIER_SYNC_REMOTE=old:/x\nDSYNC_REMOTE=new:/y', { destination: 'new', path: '/y' }],
  ['DSYNC_REMOTE=\nAMPLIFIER_SYNC_REMOTE=old:/x', { destination: 'old', path: '/x' }],
])('%j', (text, remote) => expect(parseProjectEnv(text)).toMatchObject({ kind: 'env', remote }));

test('options are words, quoted as in a shell', () => {
  expect(parseProjectEnv(`DSYNC_OPTIONS="-z --exclude='*.tmp file' --delete"`)).toMatchObject({
    kind: 'env',
    remote: undefined,
    options: { passed: ['-z'], rules: ['- *.tmp file'], isDelete: true },
  });
  expect(parseProjectEnv('AMPLIFIER_SYNC_OPTIONS=-avz --progress')).toMatchObject({ options: { passed: ['-az'] } });
});

test.each<[string, number, RegExp]>([
  ['A=1\nDSYNC_REMOTE=$HOST:/x', 2, /expands/],
  ['DSYNC_REMOTE="`id`:/x"', 1, /expands/],
  ['DSYNC_REMOTE="$(id):/x"', 1, /expands/],
  ['DSYNC_REMOTE="web:/x', 1, /quotes/],
  ['DSYNC_REMOTE=-oProxyCommand=id:/x', 1, /no HOST:PATH/],
  ['\n\nDSYNC_OPTIONS=--rsync-path=id', 3, /command line/],
  ['DSYNC_OPTIONS="--exclude=\'x"', 1, /not closed/],
])('%j names the line', (text, line, fault) => {
  expect(parseProjectEnv(text)).toEqual({ kind: 'fault', line, fault: expect.stringMatching(fault) });
});

test('every text parses, and lines that are none of ours mean nothing', () => {
  expect(parseProjectEnv('SECRET="$(rm -rf /)\nOTHER=`x`\n= \n')).toEqual({
    kind: 'env',
    remote: undefined,
    options: undefined,
  });
  fc.assert(fc.property(fc.string(), (text) => void parseProjectEnv(text)));
  fc.assert(fc.property(fc.string(), (text) => void parseProjectEnv(`DSYNC_REMOTE=${text}\nDSYNC_OPTIONS=${text}`)));
});
