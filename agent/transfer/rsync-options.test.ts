import { describe, expect, test } from 'vitest';
import { parseRsyncOptions, type RsyncOptions } from './rsync-options.ts';

const NONE: RsyncOptions = { passed: [], isDelete: false, isDryRun: false, rules: [], excludeFiles: [], ssh: [] };

test.each<[string[], Partial<RsyncOptions>]>([
  [['-avz'], { passed: ['-az'] }],
  [['-avzP', '--delete'], { passed: ['--partial', '-az'], isDelete: true }],
  [['-n', '--bwlimit', '100'], { passed: ['--bwlimit=100'], isDryRun: true }],
  [['--bwlimit=1m', '-c', '--chmod=F644'], { passed: ['--bwlimit=1m', '-c', '--chmod=F644'] }],
  [['--exclude', '*.log', '--include=keep'], { rules: ['- *.log', '+ keep'] }],
  [['--exclude-from=x y'], { excludeFiles: ['x y'] }],
  [['--progress', '--stats', '-h', '--info=all'], {}],
  [['-e', 'ssh -p 22 -o "A B"'], { ssh: ['-p', '22', '-o', 'A B'] }],
  [['-ze', 'ssh'], { passed: ['-z'] }],
  [['--rsh=ssh -4'], { ssh: ['-4'] }],
  [['-u', '--rsync-path=sudo rsync'], { passed: ['-u', '--rsync-path=sudo rsync'] }],
  [['-B', '8192'], { passed: ['-B8192'] }],
  [['--delete-after'], { isDelete: true }],
])('%j', (words, expected) => {
  expect(parseRsyncOptions(words, 'typed')).toEqual({ kind: 'options', ...NONE, ...expected });
});

test.each<[string[], RegExp]>([
  [['elsewhere/'], /another place/],
  [['--'], /another place/],
  [['--files-from=x'], /chooses the files/],
  [['-zf', '- x'], /chooses the files/],
  [['-0'], /chooses the files/],
  [['--remove-source-files'], /never remove/],
  [['--backup-dir', '/'], /dated folder/],
  [['--force'], /confirmed/],
  [['--delete-excluded'], /never deleted/],
  [['-M--fake-super'], /round/],
  [['-e', 'sh -c evil'], /takes ssh/],
  [['--bwlimit'], /wants a value/],
  [['--server'], /starts itself/],
  [['--chmod=a\nb'], /line break/],
])('refused: %j', (words, message) => {
  expect(parseRsyncOptions(words, 'typed')).toEqual({ kind: 'fault', fault: expect.stringMatching(message) });
});

describe('of a file of the project', () => {
  test.each([
    ['--rsync-path=touch x; rsync'],
    ['-e ssh -oProxyCommand=evil', '-e', 'ssh -oProxyCommand=evil'],
    ['-o apart', '-e', 'ssh -o ProxyCommand=evil'],
    ['-i then -o', '-e', 'ssh -i key -oProxyCommand=evil'],
    ['-F', '-e', 'ssh -F config'],
    ['--log-file=/etc/x'],
  ])('nothing that runs a command is taken: %s', (first, ...rest) => {
    const words = rest.length === 0 ? [first] : rest;
    expect(parseRsyncOptions(words, 'project')).toMatchObject({ kind: 'fault' });
  });

  test('a port, a user and a key are', () => {
    const parsed = parseRsyncOptions(['-e', 'ssh -p 2222 -l deploy -i ~/.ssh/key -C', '-z'], 'project');
    expect(parsed).toMatchObject({ kind: 'options', ssh: ['-p', '2222', '-l', 'deploy', '-i', '~/.ssh/key', '-C'] });
  });
});
