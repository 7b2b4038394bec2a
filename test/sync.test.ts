import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { lastLine } from './harness/command.ts';
import { testPair } from './harness/e2e.ts';
import { eventually, until } from './harness/eventually.ts';
import { type Pair, startPair } from './harness/pair.ts';
import {
  diffLiteral,
  diffTrees,
  file,
  folder,
  readTree,
  symlink,
  type TreeLiteral,
  writeTree,
} from './harness/tree.ts';

interface Change {
  readonly name: string;
  readonly before?: TreeLiteral;
  /** @param at the case's own folder in the root; `outside` is a folder on the same filesystem */
  readonly act: (at: (path: string) => string, outside: string) => void | Promise<void>;
  readonly after: TreeLiteral;
}

const save = writeFileSync;

function saveByRename(path: string, content: string): void {
  writeFileSync(`${path}.saving`, content);
  renameSync(`${path}.saving`, path);
}

const CHANGES: readonly Change[] = [
  { name: 'a file is created', act: (at) => save(at('new'), 'x'), after: { new: 'x' } },
  { name: 'a file is edited', before: { f: 'old' }, act: (at) => save(at('f'), 'new'), after: { f: 'new' } },
  { name: 'a file grows', before: { f: 'a' }, act: (at) => appendFileSync(at('f'), 'b'), after: { f: 'ab' } },
  { name: 'a file shrinks', before: { f: 'abc' }, act: (at) => truncateSync(at('f'), 1), after: { f: 'a' } },
  { name: 'a file is emptied', before: { f: 'abc' }, act: (at) => truncateSync(at('f')), after: { f: '' } },
  { name: 'an empty file is created', act: (at) => save(at('f'), ''), after: { f: '' } },
  {
    name: 'a file is replaced by a rename',
    before: { f: 'old' },
    act: (at) => saveByRename(at('f'), 'new'),
    after: { f: 'new' },
  },
  {
    name: 'a file is written slowly',
    act: async (at) => {
      const fd = openSync(at('slow'), 'w');
      for (let part = 0; part < 20; part++) {
        writeSync(fd, `${part},`);
        await sleep(20);
      }
      closeSync(fd);
    },
    after: { slow: `${Array.from({ length: 20 }, (_, part) => part).join()},` },
  },
  {
    name: 'a file is saved many times in a row',
    act: (at) => {
      for (let i = 0; i <= 200; i++) i % 2 ? saveByRename(at('f'), `save ${i}`) : save(at('f'), `save ${i}`);
    },
    after: { f: 'save 200' },
  },
  {
    name: 'an edit of the same size within the same second',
    before: { f: 'aaaa' },
    act: async (at) => {
      for (const letter of 'bcde') {
        save(at('f'), letter.repeat(4));
        await sleep(30);
      }
    },
    after: { f: 'eeee' },
  },
  { name: 'a file is renamed', before: { a: 'x' }, act: (at) => renameSync(at('a'), at('b')), after: { b: 'x' } },
  {
    name: 'a file is renamed over another',
    before: { a: 'x', b: 'y' },
    act: (at) => renameSync(at('a'), at('b')),
    after: { b: 'x' },
  },
  {
    name: 'two files swap their names',
    before: { a: 'x', b: 'y' },
    act: (at) => {
      renameSync(at('a'), at('c'));
      renameSync(at('b'), at('a'));
      renameSync(at('c'), at('b'));
    },
    after: { a: 'y', b: 'x' },
  },
  {
    name: 'a file is copied with its times',
    before: { a: 'x' },
    act: (at) => cpSync(at('a'), at('b'), { preserveTimestamps: true }),
    after: { a: 'x', b: 'x' },
  },
  {
    name: 'modes change',
    before: { run: file('#!', 0o644), secret: file('s', 0o644), private: folder(0o755), locked: file('l', 0o644) },
    act: (at) => {
      chmodSync(at('run'), 0o755);
      chmodSync(at('secret'), 0o600);
      chmodSync(at('private'), 0o700);
      chmodSync(at('locked'), 0o444);
    },
    after: { run: file('#!', 0o755), secret: file('s', 0o600), private: folder(0o700), locked: file('l', 0o444) },
  },
  {
    name: 'a read-only file is replaced',
    before: { f: file('old', 0o444) },
    act: (at) => {
      saveByRename(at('f'), 'new');
      chmodSync(at('f'), 0o444);
    },
    after: { f: file('new', 0o444) },
  },
  {
    name: 'only an mtime changes',
    before: { f: 'x' },
    act: (at) => utimesSync(at('f'), 1_000_000_000, 1_000_000_000.5),
    after: { f: 'x' },
  },
  {
    name: 'mtimes are far away, to the nanosecond',
    act: (at) => {
      for (const [name, time] of [
        ['past', '@1.000000001'],
        ['future', '@4000000000.999999999'],
      ] as const) {
        save(at(`${name}.new`), name);
        execFileSync('touch', ['-d', time, at(`${name}.new`)]);
        renameSync(at(`${name}.new`), at(name));
      }
    },
    after: { past: 'past', future: 'future' },
  },
  {
    name: 'a file gets another time and another name at once',
    before: { f: 'x' },
    act: (at) => {
      utimesSync(at('f'), 1_600_000_000, 1_600_000_000);
      renameSync(at('f'), at('g'));
    },
    after: { g: 'x' },
  },
  { name: 'a file is deleted', before: { f: 'x', g: 'y' }, act: (at) => unlinkSync(at('f')), after: { g: 'y' } },
  {
    name: 'a file is deleted and comes back',
    before: { f: 'x' },
    act: async (at) => {
      unlinkSync(at('f'));
      await sleep(50);
      save(at('f'), 'back');
    },
    after: { f: 'back' },
  },
  { name: 'an empty folder is created', act: (at) => mkdirSync(at('empty')), after: { empty: folder() } },
  {
    name: 'deep folders are created at once',
    act: (at) => writeTree(at('.'), { 'a/b/c/d/e/f/g': 'deep', 'a/b/x/y': folder() }),
    after: { 'a/b/c/d/e/f/g': 'deep', 'a/b/x/y': folder() },
  },
  {
    name: 'a folder with files is deleted',
    before: { 'd/a': '1', 'd/e/b': '2', keep: '3' },
    act: (at) => rmSync(at('d'), { recursive: true }),
    after: { keep: '3' },
  },
  {
    name: 'a folder is renamed',
    before: { 'd/a': '1', 'd/e/b': '2', 'd/empty': folder() },
    act: (at) => renameSync(at('d'), at('moved')),
    after: { 'moved/a': '1', 'moved/e/b': '2', 'moved/empty': folder() },
  },
  {
    name: 'a folder is renamed and written to at once',
    before: { 'd/a': '1' },
    act: (at) => {
      renameSync(at('d'), at('moved'));
      save(at('moved/a'), '2');
      save(at('moved/b'), '3');
    },
    after: { 'moved/a': '2', 'moved/b': '3' },
  },
  {
    name: 'a folder goes into its former neighbour',
    before: { 'd/a': '1', 'e/b': '2' },
    act: (at) => renameSync(at('d'), at('e/d')),
    after: { 'e/d/a': '1', 'e/b': '2' },
  },
  {
    name: 'a folder is moved out of the root',
    before: { 'd/a': '1', keep: '2' },
    act: (at, outside) => renameSync(at('d'), join(outside, 'out')),
    after: { keep: '2' },
  },
  {
    name: 'a folder is moved into the root, and written to',
    act: (at, outside) => {
      writeTree(outside, { 'in/a': '1', 'in/e/b': '2' });
      renameSync(join(outside, 'in'), at('in'));
      save(at('in/e/c'), '3');
    },
    after: { 'in/a': '1', 'in/e/b': '2', 'in/e/c': '3' },
  },
  {
    name: 'a file becomes a folder',
    before: { x: 'file' },
    act: (at) => {
      unlinkSync(at('x'));
      writeTree(at('.'), { 'x/inside': '1' });
    },
    after: { 'x/inside': '1' },
  },
  {
    name: 'a folder becomes a file',
    before: { 'x/inside': '1', 'x/deep/er': '2' },
    act: (at) => {
      rmSync(at('x'), { recursive: true });
      save(at('x'), 'file');
    },
    after: { x: 'file' },
  },
  {
    name: 'symlinks come, change and go',
    before: { t: '1', changed: symlink('t'), gone: symlink('t') },
    act: (at) => {
      symlinkSync('t', at('new'));
      symlinkSync('no/such/place', at('dangling'));
      symlinkSync('/etc', at('absolute'));
      unlinkSync(at('changed'));
      symlinkSync('dangling', at('changed'));
      unlinkSync(at('gone'));
    },
    after: {
      t: '1',
      new: symlink('t'),
      dangling: symlink('no/such/place'),
      absolute: symlink('/etc'),
      changed: symlink('dangling'),
    },
  },
  {
    name: 'a folder becomes a symlink to another, and a symlink a folder',
    before: { 'd/a': '1', 'e/b': '2', l: symlink('e') },
    act: (at) => {
      rmSync(at('d'), { recursive: true });
      symlinkSync('e', at('d'));
      unlinkSync(at('l'));
      writeTree(at('.'), { 'l/c': '3' });
    },
    after: { d: symlink('e'), 'e/b': '2', 'l/c': '3' },
  },
  {
    name: 'names are as odd as they can be',
    act: (at) =>
      writeTree(at('.'), {
        'with space': '1',
        'new\nline': '2',
        '"quotes" and \'these\'': '3',
        '-rf': '4',
        '--delete/-x': '5',
        '🦊/日本語.txt': '6',
        'back\\slash': '7',
        '*?[a-z]': '8',
        '#comment': '9',
        '!bang': '10',
        '$HOME `id` $(id);&|': '11',
        ' leading and trailing ': '12',
        '\u0001control\u007f': '13',
        'tab\tand\rreturn': '14',
        [`${'long'.repeat(63)}`]: '15',
        '...': '16',
        'é composed': '17',
      }),
    after: {
      'with space': '1',
      'new\nline': '2',
      '"quotes" and \'these\'': '3',
      '-rf': '4',
      '--delete/-x': '5',
      '🦊/日本語.txt': '6',
      'back\\slash': '7',
      '*?[a-z]': '8',
      '#comment': '9',
      '!bang': '10',
      '$HOME `id` $(id);&|': '11',
      ' leading and trailing ': '12',
      '\u0001control\u007f': '13',
      'tab\tand\rreturn': '14',
      [`${'long'.repeat(63)}`]: '15',
      '...': '16',
      'é composed': '17',
    },
  },
];

describe.each(['a', 'b'] as const)('on host %s', (writerName) => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair();
  });
  afterAll(async () => {
    await pair[Symbol.asyncDispose]();
  });

  test.each(CHANGES.map((change, number) => ({ ...change, number })))('$name', async (change) => {
    onTestFailed(() => console.error(pair.logTails()));
    const { name, before = {}, act, after, number } = change;
    const own = `case ${number} ${name}`;
    const outside = join(pair.folder, `outside ${number}`);
    const writer = pair[writerName];
    mkdirSync(outside);
    writeTree(writer.root, { [own]: folder() });
    writeTree(writer.path(own), before);
    const hold = (literal: TreeLiteral) =>
      eventually(() => {
        const [a, b] = [readTree(pair.a.path(own)), readTree(pair.b.path(own))];
        const difference = diffLiteral(literal, a) ?? diffLiteral(literal, b) ?? diffTrees(a, b);
        if (difference !== undefined) throw new Error(difference);
      });
    await hold(before);
    await act((path) => writer.path(`${own}/${path}`), outside);
    await hold(after);
  });

  test('in the end the hosts prove each other equal, and nothing became a conflict', async () => {
    onTestFailed(() => console.error(pair.logTails()));
    await pair.inSync();
    await pair.a.dsync('verify');
    await pair.b.dsync('verify');
    expect(JSON.parse(await pair.a.dsync('conflicts', '--json'))).toEqual({ conflicts: [] });
    expect((await pair.a.status()).roots[0]?.problems).toEqual([]);
  });
});

test('both hosts change different files at once, and each gets all', async () => {
  await using pair = await testPair();
  const expected: Record<string, string> = {};
  for (let i = 0; i < 300; i++) {
    for (const host of [pair.a, pair.b]) {
      const path = `folder-${i % 7}/${host.name}-${i}`;
      expected[path] = `${host.name} ${i}`;
      writeTree(host.root, { [path]: `${host.name} ${i}` });
    }
    if (i % 50 === 0) await sleep(1);
  }
  await pair.holds(expected);
  await pair.inSync();
});

test('a large file arrives whole, changes by a byte, and small saves do not wait for it', async () => {
  await using pair = await testPair();
  const sizeBytes = 64 * 1024 * 1024;
  pair.place(pair.a, 'large', randomBytes(sizeBytes));
  writeTree(pair.a.root, { small: 'quick' });
  await until(
    'the small file is there',
    () => diffLiteral({ small: 'quick' }, pick(pair.b.tree(), 'small')) === undefined,
  );
  await pair.inSync();
  const fd = openSync(pair.a.path('large'), 'r+');
  writeSync(fd, 'changed', sizeBytes / 2);
  closeSync(fd);
  await pair.alike();
});

test('pipes and sockets are left alone and listed', async () => {
  await using pair = await testPair({ files: { a: { f: 'x' } } });
  execFileSync('mkfifo', [pair.a.path('a pipe')]);
  const server = createServer().listen(pair.a.path('a socket'));
  try {
    writeTree(pair.a.root, { after: 'y' });
    await eventually(() => {
      const difference = diffLiteral({ f: 'x', after: 'y' }, pair.b.tree());
      if (difference !== undefined) throw new Error(difference);
    });
    await eventually(async () => {
      const skipped = (await pair.a.status()).roots[0]?.skipped.map(({ path }) => path).sort();
      expect(skipped).toEqual(['a pipe', 'a socket']);
    });
  } finally {
    server.close();
  }
});

test('what is in sync stays untouched: neither a scan nor a restart writes anything', async () => {
  await using pair = await testPair({ files: { a: { 'src/a': '1', 'src/b': '2', link: symlink('src') } } });
  await pair.inSync();
  const before = [pair.a.tree(), pair.b.tree()];
  await pair.a.kill();
  await pair.a.start();
  const { roots } = JSON.parse(lastLine(await pair.a.dsync('sync', '--json')));
  expect(roots).toMatchObject([{ changes: 0, problems: 0 }]);
  await pair.inSync();
  expect([pair.a.tree(), pair.b.tree()]).toEqual(before);
});

function pick(tree: ReturnType<typeof readTree>, path: string): ReturnType<typeof readTree> {
  const found = tree.get(path);
  return new Map(found === undefined ? [] : [[path, found]]);
}
