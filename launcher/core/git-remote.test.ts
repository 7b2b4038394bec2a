import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalizeRemote, remoteInConfig } from './git-remote.ts';

test.each([
  ['git@github.com:Acme/Web.git', 'github.com/acme/web'],
  ['https://github.com/acme/web', 'github.com/acme/web'],
  ['https://user:token@GitHub.com/acme/web.git/', 'github.com/acme/web'],
  ['ssh://git@github.com:22/acme/web.git', 'github.com/acme/web'],
  ['ssh://git@ssh.github.com:443/acme/web.git', 'github.com/acme/web'],
  ['git://example.org/group/sub/Repo.git', 'example.org/group/sub/Repo'],
  ['gpu:repos/web.git', 'gpu/repos/web'],
  ['https://example.org/x?ref=main#top', 'example.org/x'],
  ['/srv/git/web.git', undefined],
  ['../web', undefined],
  ['file:///srv/git/web', undefined],
  ['C:/git/web', undefined],
  ['https://example.org', undefined],
  ['https://example.org/../x', undefined],
  ['', undefined],
])('%j is %j', (url, expected) => {
  expect(normalizeRemote(url)).toBe(expected);
});

test('a repository has one name, however it is written', () => {
  const part = fc.stringMatching(/^[a-z][a-z0-9_-]{0,10}$/);
  fc.assert(
    fc.property(part, part, (owner, name) => {
      const forms = [
        `git@example.org:${owner}/${name}.git`,
        `https://example.org/${owner}/${name}`,
        `ssh://git@example.org:2222/${owner}/${name}.git`,
      ];
      expect(new Set(forms.map(normalizeRemote))).toEqual(new Set([`example.org/${owner}/${name}`]));
    }),
  );
});

test('any text gives a name or none, and never one that leads elsewhere', () => {
  fc.assert(
    fc.property(fc.string(), (url) => {
      const name = normalizeRemote(url);
      expect(name === undefined || !name.split('/').includes('..')).toBe(true);
    }),
  );
});

test('origin is taken before other remotes, wherever it stands', () => {
  const config =
    '[core]\n\turl = no\n[remote "fork"]\n\turl = git@x.org:f/r\n[remote "origin"]\n\turl = git@x.org:o/r\n';
  expect(remoteInConfig(config)).toBe('git@x.org:o/r');
  expect(remoteInConfig(config.replace('"origin"', '"upstream"'))).toBe('git@x.org:f/r');
  expect(remoteInConfig('[core]\n\tbare = false\n')).toBeUndefined();
});
