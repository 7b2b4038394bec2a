import { expect, test } from 'vitest';
import { temporaryPlace } from '../../platform/fixtures/temporary-place.ts';
import { readBranch, readRemote } from './repository.ts';

test('branch and remote of a repository, of a worktree of it, and of none', () => {
  using place = temporaryPlace();
  place.write('r/.git/HEAD', 'ref: refs/heads/feature/x\n');
  place.write('r/.git/config', '[remote "origin"]\n\turl = git@github.com:A/B.git\n');
  place.write('r/.git/worktrees/w/HEAD', '0123456789abcdef0123456789abcdef01234567\n');
  place.write('r/.git/worktrees/w/commondir', '../..\n');
  place.write('w/.git', `gitdir: ${place.path('r/.git/worktrees/w')}\n`);
  place.write('odd/.git', 'nonsense');
  expect([readBranch(place.path('r')), readRemote(place.path('r'))]).toEqual(['feature/x', 'github.com/a/b']);
  expect([readBranch(place.path('w')), readRemote(place.path('w'))]).toEqual(['01234567', 'github.com/a/b']);
  for (const folder of ['odd', 'nothing']) {
    expect([readBranch(place.path(folder)), readRemote(place.path(folder))]).toEqual([undefined, undefined]);
  }
});
