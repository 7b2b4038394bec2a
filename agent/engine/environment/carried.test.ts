import { expect, test } from 'vitest';
import { fileFault, looksSecret, variableFault } from './carried.ts';

test.each(
  'EDITOR PAGER LANG LC_ALL GOPATH JAVA_HOME http_proxy LESS TZ CUDA_HOME MY_TMUX XDG_CONFIG_HOME FOO_DISPLAY'.split(
    ' ',
  ),
)('%s may be carried', (name) => {
  expect(variableFault(name, 'x')).toBeUndefined();
});

test.each([
  ...'SSH_AUTH_SOCK SSH_CONNECTION DISPLAY WAYLAND_DISPLAY TMUX TMUX_PANE TERM TERM_PROGRAM COLORTERM PATH HOME USER'.split(
    ' ',
  ),
  ...'LD_PRELOAD LD_LIBRARY_PATH DYLD_INSERT_LIBRARIES BASH_ENV ENV PROMPT_COMMAND PS1 IFS SHLVL PWD HOSTNAME'.split(
    ' ',
  ),
  ...'DSYNC_HOME DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR XDG_SESSION_ID VIRTUAL_ENV NODE_OPTIONS npm_config_x _'.split(
    ' ',
  ),
  ...['', '1A', 'A-B', 'A B', 'A=B', 'ä', 'A;rm'],
])('%j is never carried', (name) => {
  expect(variableFault(name, 'x')).toBeDefined();
});

test('a value with a NUL, or too large, is none', () => {
  expect(variableFault('A', 'x\0')).toBeDefined();
  expect(variableFault('A', 'x'.repeat(64 * 1024))).toBeUndefined();
  expect(variableFault('A', 'x'.repeat(64 * 1024 + 1))).toBeDefined();
});

test('what looks like a secret', () => {
  for (const name of [
    'NPM_TOKEN',
    'DB_PASSWORD',
    'OPENAI_API_KEY',
    'AWS_PROFILE',
    'my_secret',
    'GITHUB_X',
    'SENTRY_DSN',
  ])
    expect({ name, secret: looksSecret(name) }).toEqual({ name, secret: true });
  for (const name of ['EDITOR', 'KEYBOARD', 'MONKEY', 'TOKENIZERS_PARALLELISM', 'PATTERN'])
    expect({ name, secret: looksSecret(name) }).toEqual({ name, secret: false });
});

test('files below the home may be carried, but not keys, history and our own', () => {
  for (const path of ['.gitconfig', '.config/foo/bar', '.vimrc', '.sshx', '..foo'])
    expect(fileFault(path), path).toBeUndefined();
  const refused = [
    '',
    '/etc/passwd',
    '../x',
    'a/../b',
    'a//b',
    './a',
    '.ssh/config',
    '.ssh',
    '.gnupg/x',
    '.config/dsync/settings.json',
  ];
  for (const path of [...refused, '.local/state/dsync/x', '.bash_history', 'x\0'])
    expect(fileFault(path), path).toBeDefined();
});
