import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { talkIn } from './agent-talk.ts';
import { argvFiles, parseSwap } from './editors.ts';
import { foregroundOf, isPromptShell } from './foreground.ts';
import { parseStashLog, parseStatus, readGit, workTreeOf } from './git-state.ts';
import { parseLsof, parseSockets } from './listening.ts';
import { type Process, type ProcessTable, parseCmdline, parseEnviron, parsePs, parseStat } from './process-table.ts';
import { captureCommands, trimBlank } from './scrollback.ts';
import { parseHistory } from './shell-history.ts';
import { miseTools, venvVersion } from './tools.ts';

describe('what the system says of processes', () => {
  test('a name may hold blanks and parentheses', () => {
    const stat = '1055 (a) S (b) T 7 1056 1000 34816 2000 4194304 1 0 0 0 0 0 0 0 20 0 1 0 12345 1 1 1';
    expect(parseStat(stat, 1_000_000)).toEqual({
      pid: 1055,
      parent: 7,
      group: 1056,
      session: 1000,
      foreground: 2000,
      startedMs: 1_123_450,
      isZombie: false,
    });
    for (const bad of ['', 'x', '12 (a']) expect(parseStat(bad, 0)).toBeUndefined();
  });

  test.each([
    ['vim\0a b\0\0', { argv: ['vim', 'a b', ''], trusted: true }],
    ['npm run dev\0\0\0\0', { argv: ['npm run dev'], trusted: false }],
    ['nginx: master process', { argv: ['nginx: master process'], trusted: false }],
    ['sh\0', { argv: ['sh'], trusted: true }],
    ['', { argv: [], trusted: false }],
  ])('arguments: %j', (text, argv) => expect(parseCmdline(text)).toEqual(argv));

  test('environments', () => {
    expect([...parseEnviron('A=1\0B=a=b\0bad\0=x\0C=\0')]).toEqual([
      ['A', '1'],
      ['B', 'a=b'],
      ['C', ''],
    ]);
  });

  test('as ps of macOS prints them', () => {
    const text =
      '  501   400   501      0   501 S+   Sat Nov 21 05:00:00 2026 npm run dev\n    1     0     1      0     0 Ss   Fri Nov 20 04:00:00 2026 /sbin/launchd\nnoise\n';
    expect(
      parsePs(text).map(({ process: { pid, parent, group, foreground }, args }) => [
        pid,
        parent,
        group,
        foreground,
        args,
      ]),
    ).toEqual([
      [501, 400, 501, 501, 'npm run dev'],
      [1, 0, 1, 0, '/sbin/launchd'],
    ]);
  });
});

describe('what has the terminal', () => {
  const one = (pid: number, parent: number, group: number, foreground: number, argv: string[], isZombie = false) => ({
    argv,
    process: { pid, parent, group, session: 10, foreground, startedMs: 0, isZombie } satisfies Process,
  });
  function table(...all: ReturnType<typeof one>[]): ProcessTable {
    const byPid = new Map(all.map(({ process }) => [process.pid, process]));
    const argvOf = (pid: number) => ({
      argv: all.find(({ process }) => process.pid === pid)?.argv ?? [],
      trusted: true,
    });
    const childrenOf = (pid: number) => [...byPid.values()].filter(({ parent }) => parent === pid);
    return {
      byPid,
      argvOf,
      childrenOf,
      treeOf: () => [],
      exeOf: () => '',
      cwdOf: () => '/',
      environmentOf: () => new Map(),
    };
  }
  const shell = (foreground: number) => one(10, 1, 10, foreground, ['-bash']);

  test('the prompt, also with jobs in the background', () => {
    expect(foregroundOf(table(shell(10), one(11, 10, 11, 10, ['sleep', '9'])), 10)).toMatchObject({
      kind: 'prompt',
      shell: { pid: 10 },
    });
  });

  test('the group in front, not the first child; and not a pid that only begins alike', () => {
    const found = foregroundOf(
      table(
        shell(12),
        one(11, 10, 11, 12, ['sleep', '9']),
        one(12, 10, 12, 12, ['tail']),
        one(105, 104, 105, -1, ['x']),
      ),
      10,
    );
    expect(found).toMatchObject({ kind: 'command', leader: { pid: 12 }, parts: [{ pid: 12 }], shell: { pid: 10 } });
  });

  test('the parts of a pipe; what they start is no part', () => {
    const pipe = table(
      shell(11),
      one(11, 10, 11, 11, ['cat']),
      one(12, 10, 11, 11, ['grep']),
      one(13, 12, 11, 11, ['x']),
    );
    expect(foregroundOf(pipe, 10)).toMatchObject({ leader: { pid: 11 }, parts: [{ pid: 11 }, { pid: 12 }] });
  });

  test('a pipe whose first part has ended', () => {
    const pipe = table(shell(11), one(12, 10, 11, 11, ['less']));
    expect(foregroundOf(pipe, 10)).toMatchObject({ kind: 'command', leader: { pid: 12 } });
  });

  test('what runs inside parentheses', () => {
    const sub = table(shell(11), one(11, 10, 11, 11, ['-bash']), one(12, 11, 11, 11, ['node']));
    expect(foregroundOf(sub, 10)).toMatchObject({ leader: { pid: 12 }, shell: { pid: 10 } });
  });

  test('a shell in a shell, at its prompt and running something', () => {
    expect(foregroundOf(table(shell(11), one(11, 10, 11, 11, ['zsh'])), 10)).toMatchObject({
      kind: 'command',
      leader: { pid: 11 },
    });
    const nested = table(shell(12), one(11, 10, 11, 12, ['zsh']), one(12, 11, 12, 12, ['vim']));
    expect(foregroundOf(nested, 10)).toMatchObject({ leader: { pid: 12 }, shell: { pid: 11 } });
  });

  test('a pane that was started with a command, and one that is gone', () => {
    expect(foregroundOf(table(one(10, 1, 10, 10, ['node', 'x'])), 10)).toMatchObject({
      kind: 'command',
      leader: { pid: 10 },
      shell: undefined,
    });
    expect(foregroundOf(table(), 10)).toEqual({ kind: 'nothing' });
  });

  test.each([
    [['-bash'], true],
    [['bash', '--rcfile', '/x', '-i'], true],
    [['zsh', '-l'], true],
    [['fish', '-C', 'source x'], true],
    [['bash', 'script.sh'], false],
    [['sh', '-c', 'x'], false],
    [['bash', '-lc', 'x'], false],
    [['node'], false],
  ])('%j waits at a prompt: %s', (argv, expected) => expect(isPromptShell({ argv })).toBe(expected));
});

test('sockets that listen, on all kinds of addresses', () => {
  const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
  const line = (local: string, state: string, inode: number): string =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 x\n`;
  const text =
    head +
    line('0100007F:1F90', '0A', 1) +
    line('00000000:0050', '0A', 2) +
    line('0100007F:1F91', '01', 3) +
    line('00000000000000000000000001000000:0BB8', '0A', 4) +
    line('00000000000000000000000000000000:0BB9', '0A', 5) +
    line('0000000000000000FFFF00000100007F:0BBA', '0A', 6);
  expect(parseSockets(text)).toEqual([
    { inode: '1', port: 8080, address: '127.0.0.1' },
    { inode: '2', port: 80, address: '0.0.0.0' },
    { inode: '4', port: 3000, address: '::1' },
    { inode: '5', port: 3001, address: '::' },
    { inode: '6', port: 3002, address: '127.0.0.1' },
  ]);
  expect(parseLsof('p12\nf3\nn*:3000\nn[::1]:3001\np13\nn127.0.0.1:5\n')).toEqual([
    { pid: 12, port: 3000, address: '0.0.0.0' },
    { pid: 12, port: 3001, address: '::1' },
    { pid: 13, port: 5, address: '127.0.0.1' },
  ]);
});

describe('editors', () => {
  const swap = (name: string, dirty: number): Uint8Array => {
    const head = Buffer.alloc(1024);
    head.write('b0VIM 9.0', 0);
    head.write(name, 108);
    head[1007] = dirty;
    return head;
  };
  const owner = { home: '/home/ann', user: 'ann' };
  test('a swap file says what it is of, and whether there are changes', () => {
    expect(parseSwap(swap('~ann/a b.txt', 0x55), owner)).toEqual({ path: '/home/ann/a b.txt', isDirty: true });
    expect(parseSwap(swap('~/x', 0), owner)).toEqual({ path: '/home/ann/x', isDirty: false });
    expect(parseSwap(swap('/srv/x', 0), owner)).toEqual({ path: '/srv/x', isDirty: false });
    expect(parseSwap(swap('', 0x55), owner)).toEqual({ path: '', isDirty: true });
    for (const bad of [Buffer.alloc(0), Buffer.alloc(2000), Buffer.from('b0')])
      expect(parseSwap(bad, owner)).toBeUndefined();
  });

  test.each([
    [
      ['vim', '+12', 'a b', 'c'],
      [
        ['/w/a b', 12],
        ['/w/c', null],
      ],
    ],
    [['nvim', '-c', 'set x', '-u', 'NONE', '--', '-odd'], [['/w/-odd', null]]],
    [['hx', 'x.rs:7:3'], [['/w/x.rs', 7]]],
    [['vim', 'x:7'], [['/w/x:7', null]]],
    [['vim', '-'], []],
  ])('files of %j', (argv, files) => {
    expect(argvFiles(argv, '/w').map(({ path, line }) => [path, line])).toEqual(files);
  });
});

describe('git', () => {
  test('states', () => {
    const text = [
      '# branch.oid abc',
      '# branch.head topic',
      '# branch.upstream origin/topic',
      '# branch.ab +2 -1',
      '1 MM N... 1 1 1 a b f',
      '1 .M N... 1 1 1 a b g',
      '2 R. N... 1 1 1 a b R100 new',
      'old',
      '? x',
      'u UU N... 1 1 1 1 a b c h',
      '',
    ].join('\0');
    expect(parseStatus(text)).toEqual({
      head: 'abc',
      branch: 'topic',
      upstream: 'origin/topic',
      ahead: 2,
      behind: 1,
      dirty: { staged: 3, unstaged: 3, untracked: 1 },
    });
    expect(parseStatus('# branch.oid (initial)\0# branch.head (detached)\0')).toMatchObject({ head: '', branch: null });
  });

  test('stashes, the youngest first', () => {
    const log = '0 a1 Ann <a@b> 1 +0000\tWIP on main: x\na1 b2 Ann <a@b> 2 +0000\tOn topic: y\n';
    expect(parseStashLog(log)).toEqual([
      { ref: 'stash@{0}', oid: 'b2', message: 'On topic: y' },
      { ref: 'stash@{1}', oid: 'a1', message: 'WIP on main: x' },
    ]);
    expect(parseStashLog('')).toEqual([]);
  });
});

describe('a repository', () => {
  test('in a worktree, with a rebase that has stopped and a stash, its remote the same by ssh and https', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dsync-git-'));
    try {
      const [main, tree] = [join(folder, 'main'), join(folder, 'tree')];
      const git = (cwd: string, ...args: string[]): string => {
        const env = {
          ...process.env,
          GIT_CONFIG_GLOBAL: '/dev/null',
          GIT_CONFIG_SYSTEM: '/dev/null',
          GIT_EDITOR: 'true',
        };
        const who = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', '-c', 'init.defaultBranch=main'];
        return spawnSync('git', [...who, ...args], { cwd, env, encoding: 'utf8' }).stdout.trim();
      };
      const commit = (cwd: string, text: string): void => {
        writeFileSync(join(cwd, 'f'), text);
        git(cwd, 'add', '.');
        git(cwd, 'commit', '-m', text);
      };
      git(folder, 'init', main);
      git(main, 'remote', 'add', 'origin', 'https://github.com/ann/shop.git');
      commit(main, 'one');
      git(main, 'worktree', 'add', '-b', 'topic', tree);
      commit(main, 'two');
      commit(tree, 'three');
      writeFileSync(join(tree, 'untracked'), '');
      git(tree, 'stash', 'push', '--include-untracked', '-m', 'later');
      git(tree, 'rebase', 'main');
      const { signal } = new AbortController();
      expect(workTreeOf(join(tree, 'deep/er'))).toBe(tree);
      expect(await readGit(tree, { signal })).toMatchObject({
        branch: null,
        head: git(main, 'rev-parse', 'HEAD'),
        op: 'rebase',
        stashes: [{ ref: 'stash@{0}', oid: git(main, 'rev-parse', 'stash@{0}'), message: 'On topic: later' }],
        remote: 'github.com/ann/shop',
      });
      git(main, 'remote', 'set-url', 'origin', 'git@github.com:ann/shop.git');
      expect(await readGit(main, { signal })).toMatchObject({
        branch: 'main',
        op: 'none',
        remote: 'github.com/ann/shop',
      });
      expect(await readGit(folder, { signal })).toBeUndefined();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('histories of shells', () => {
  expect(parseHistory('bash', '#1700000000\nls\nmake')).toEqual(['ls', 'make']);
  expect(parseHistory('zsh', ': 1700000000:0;ls -la\nplain')).toEqual(['ls -la', 'plain']);
  expect(parseHistory('fish', '- cmd: ls\n  when: 1\n- cmd: echo a\\\\b\n')).toEqual(['ls', 'echo a\\b']);
});

test('tools that folders ask for', () => {
  expect(miseTools('[env]\nA="1"\n[tools]\nnode = "20"\n"npm:x" = [\'1.2\']\n[tasks]\nrun = "x"\n')).toEqual([
    { name: 'node', version: '20' },
    { name: 'npm:x', version: '1.2' },
  ]);
  expect(venvVersion('home = /usr\nversion = 3.11.2\n')).toBe('3.11.2');
  expect(venvVersion(undefined)).toBeUndefined();
});

test('scrollback is taken without the prompt, without an editor’s screen, and without the empty lines at its end', () => {
  const base = ['capture-pane', '-e', '-p', '-J', '-t', '%1'];
  expect(captureCommands({ id: '%1', promptLine: undefined, historySize: 0, altScreen: false })).toEqual([
    [...base, '-S', '-'],
  ]);
  expect(captureCommands({ id: '%1', promptLine: 3, historySize: 0, altScreen: false })).toEqual([
    [...base, '-S', '-', '-E', '2'],
  ]);
  expect(captureCommands({ id: '%1', promptLine: 0, historySize: 0, altScreen: false })).toEqual([]);
  expect(captureCommands({ id: '%1', promptLine: 0, historySize: 9, altScreen: false })).toEqual([
    [...base, '-S', '-', '-E', '-1'],
  ]);
  expect(captureCommands({ id: '%1', promptLine: undefined, historySize: 9, altScreen: true })).toEqual([
    [...base, '-S', '-', '-E', '-1'],
    [...base, '-a', '-q'],
  ]);
  expect(trimBlank('a\n\n b \n\u001b[0m  \n\n')).toBe('a\n\n b ');
  expect(trimBlank(' \n')).toBe('');
});

test('each of two assistants in one folder takes up a talk of its own, none from before it was started', () => {
  const home = mkdtempSync(join(tmpdir(), 'dsync-talks-'));
  try {
    const folder = join(home, '.claude/projects/-w-my-app');
    mkdirSync(folder, { recursive: true });
    const ids = ['0', '1', '2'].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`);
    ids.forEach((id, i) => {
      writeFileSync(join(folder, `${id}.jsonl`), '');
      utimesSync(join(folder, `${id}.jsonl`), 1_000 + i * 1_000, 1_000 + i * 1_000);
    });
    const taken = new Set<string>();
    const next = () => {
      const talk = talkIn('/w/my.app', home, 1_500_000, taken);
      if (talk !== undefined) taken.add(talk.sessionId);
      return talk?.sessionId;
    };
    expect([next(), next(), next()]).toEqual([ids[2], ids[1], undefined]);
  } finally {
    rmSync(home, { recursive: true });
  }
});
