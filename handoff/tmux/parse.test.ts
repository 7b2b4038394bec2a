import { expect, test } from 'vitest';
import { parseEnvironment, parseOptions } from './options.ts';
import { joinCommands, parseRecords, plainFormat, recordFormat } from './server.ts';

test('options are read as tmux quotes them, and those of this host stay behind', () => {
  const text = [
    'status-left "a #{x} \\"b\\" \\$c"',
    "status-right 'one  two'",
    'mouse on',
    '@theme \\;',
    '@tab "a\\tb"',
    'default-shell /bin/zsh',
    '@dsync_pane 01M7YZEKZJCCW4GX6B8N0M6ZGC',
    'window-status-format "#I:#W#{?window_flags,#{window_flags}, }"',
  ].join('\n');
  expect(parseOptions(text)).toEqual({
    'status-left': 'a #{x} "b" $c',
    'status-right': 'one  two',
    mouse: 'on',
    '@theme': ';',
    '@tab': 'a\tb',
    'window-status-format': '#I:#W#{?window_flags,#{window_flags}, }',
  });
});

test('environments are read, values over several lines as well; what was taken away is not there', () => {
  expect(parseEnvironment('A=1\nB=two words\n-C\nKEY=first\nsecond\nD=\n')).toEqual({
    A: '1',
    B: 'two words',
    KEY: 'first\nsecond',
    D: '',
  });
});

test('records are read, also as later versions of tmux print their separators', () => {
  const plain = '\x1e%1\x1fa  b\x1f\n\x1e%2\x1f\x1fx\ny\n';
  const expected = [
    ['%1', 'a  b', ''],
    ['%2', '', 'x\ny'],
  ];
  expect(parseRecords(plain)).toEqual(expected);
  expect(parseRecords(plain.replaceAll('\x1e', '\\036').replaceAll('\x1f', '\\037'))).toEqual(expected);
  expect(recordFormat(['pane_id', '#{l:P}'])).toBe('\x1e#{pane_id}\x1f#{l:P}');
});

test('a word that ends in a semicolon ends no command, and text is not expanded', () => {
  expect(joinCommands([['send-keys', 'a;'], ['x']])).toEqual(['send-keys', 'a\\;', ';', 'x']);
  expect(plainFormat('/a/#(rm -rf b)')).toBe('/a/##(rm -rf b)');
});
