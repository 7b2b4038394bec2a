import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import ignore from 'ignore';
import { describe, expect, test } from 'vitest';
import { createIgnoreRules, DEFAULT_IGNORES, type IgnoreSource, isIgnoreFile } from './ignore.ts';
import { parentsOf, type RelPath } from './rel-path.ts';

const path = (text: string) => text as RelPath;

/** A key that ends in `/` is a folder's path, or a path that is a folder. */
function rulesOf(textByFile: Record<string, string>) {
  const sources: IgnoreSource[] = Object.entries(textByFile).map(([file, text]) => {
    const slash = file.lastIndexOf('/');
    return { folder: slash < 0 ? undefined : path(file.slice(0, slash)), name: file.slice(slash + 1), text };
  });
  return createIgnoreRules(sources);
}

function ignored(rules: ReturnType<typeof rulesOf>, text: string): boolean {
  return text.endsWith('/') ? rules.ignores(path(text.slice(0, -1)), true) : rules.ignores(path(text), false);
}

describe('createIgnoreRules()', () => {
  test.each<[string, Record<string, string>, string[], string[]]>([
    ['takes a name at any depth', { '.dsyncignore': 'x' }, ['x', 'a/x', 'a/x/', 'a/x/b'], ['xy', 'a/y']],
    ['takes a folder with all below it', { '.dsyncignore': 'x/' }, ['x/', 'a/x/', 'x/y/z'], ['x', 'a/x']],
    ['anchors what has an inner slash', { '.dsyncignore': 'a/x' }, ['a/x', 'a/x/b'], ['b/a/x', 'x']],
    ['lets the last rule win', { '.dsyncignore': '*.log\n!keep.log' }, ['a.log'], ['keep.log', 'a/keep.log']],
    ['re-includes nothing below an ignored folder', { '.dsyncignore': 'x/\n!x/y' }, ['x/y'], []],
    ['lets a file re-include a default', { defaults: 'dist/', '.dsyncignore': '!dist' }, [], ['dist/', 'dist/a.js']],
    ['lets the settings re-include a default', { defaults: 'dist/', settings: '!/dist' }, ['a/dist/'], ['dist/']],
    [
      'lets a deeper file override an upper one',
      { '.dsyncignore': '*.log', 'a/.dsyncignore': '!*.log', 'a/b/.dsyncignore': 'x.log' },
      ['x.log', 'b/x.log', 'a/b/x.log', 'a/b/c/x.log'],
      ['a/x.log', 'a/c/x.log', 'a/b/y.log'],
    ],
    ['anchors at the folder of the file', { 'a/.dsyncignore': '/x\nb/y' }, ['a/x', 'a/b/y'], ['x', 'a/c/x', 'b/y']],
    [
      'takes characters in the name of the folder as they are',
      { 'a[1] *!#/.dsyncignore': 'x' },
      ['a[1] *!#/x'],
      ['a1 b!#/x'],
    ],
    ['lets .dsyncignore override .gitignore', { '.gitignore': '.env', '.dsyncignore': '!.env' }, [], ['.env']],
    [
      'reads lines that end in CRLF, and skips comments',
      { '.dsyncignore': '# x\r\ny\r\n\r\n\\#z\r\n' },
      ['y', '#z'],
      ['x', '# x', 'z'],
    ],
    ['keeps a space behind a backslash only', { '.dsyncignore': 'a \nb\\ ' }, ['a', 'b '], ['a ', 'b']],
    ['ignores what is inside a folder, not the folder', { '.dsyncignore': 'x/**' }, ['x/a', 'x/b/', 'x/b/c'], ['x/']],
    ['tells upper from lower case', { '.dsyncignore': 'Makefile' }, ['Makefile'], ['makefile']],
    ['takes brackets with a slash in them', { '.dsyncignore': '[a/b]c' }, ['ac', 'bc'], ['dc']],
    ['takes them in a folder’s own file, too', { 'a/.dsyncignore': 'a[b/[!a]' }, ['a/ab'], ['ab', 'a/ac']],
    [
      'never ignores .dsyncignore by a rule',
      { '.dsyncignore': '.*\nx/' },
      ['.env', 'x/.dsyncignore'],
      ['.dsyncignore', 'a/.dsyncignore'],
    ],
    [
      'never ignores conflict copies',
      { '.dsyncignore': '*' },
      ['a', 'a/'],
      ['.dsync/', '.dsync/conflicts/', '.dsync/conflicts/dist/a.pyc'],
    ],
    [
      'always ignores what is this host’s alone',
      { '.dsyncignore': '!.git\n!.dsync/local\n!.dsync-tmp-*\n!*' },
      [
        '.git/',
        '.git',
        'a/.git/',
        'a/.git',
        '.git/config',
        '.dsync/local/',
        '.dsync/local/stage/x',
        'a/.dsync-tmp-1',
        '.dsync-tmp-1/x',
        '.GIT/',
        'a/.Git/x',
        '.Dsync/Local/x',
      ],
      ['.gitignore', '.github/', 'a.git/', '.dsync/localx', 'a/.dsync/local/', '.dsync.json'],
    ],
  ])('%s', (_promise, files, yes, no) => {
    const rules = rulesOf(files);
    expect(yes.filter((text) => !ignored(rules, text))).toEqual([]);
    expect(no.filter((text) => ignored(rules, text))).toEqual([]);
  });

  test('DEFAULT_IGNORES takes what is rebuilt, and neither secrets nor work', () => {
    const rules = rulesOf({ defaults: DEFAULT_IGNORES });
    // biome-ignore format: a list
    const yes = [
      'node_modules/', 'a/node_modules/b/index.js', '.venv/', '__pycache__/', 'a/b.pyc', 'dist/', 'a/build/', '.next/',
      'target/debug/', 'crates/a/target/release/', 'target/x86_64-unknown-linux-gnu/debug/', '.DS_Store', 'a/.DS_Store',
      '.main.ts.swp', '.main.ts.swx', 'main.ts~', '.#main.ts', '#main.ts#', '4913', 'a/4913', '.idea/workspace.xml', '.terraform/',
      'a.egg-info/', '.hg/', '~$report.docx', '.~lock.a.odt#', 'a.ts___jb_tmp___', '.nfs000000001', 'a/.nx/cache/', '.ipynb_checkpoints/',
    ];
    // biome-ignore format: a list
    const no = [
      '.env', '.env.local', 'id_rsa', 'secrets/key.pem', 'build', 'dist', 'src/target/', 'target/', 'target/readme.md', 'src/main.ts',
      '.vscode/settings.json', '.idea/', '.idea/modules.xml', 'package-lock.json', 'env/', 'vendor/', 'bin/', 'lib/', 'out/', 'a.swp',
      'a#b', '#todo', 'coverage/', '.terraform.lock.hcl', 'logs/a.log', '4913.txt', '.gitignore', '.dsyncignore', 'tmp/', '.tool-versions',
    ];
    expect(yes.filter((text) => !ignored(rules, text))).toEqual([]);
    expect(no.filter((text) => ignored(rules, text))).toEqual([]);
  });

  test('explain() names the line and the file', () => {
    const rules = rulesOf({
      defaults: 'dist/',
      '.dsyncignore': '*.log\n!a.log',
      'a/.dsyncignore': '/x',
      '.stignore': '(?d)junk',
    });
    expect(rules.explain(path('b/y.log'), false)).toEqual({ ignored: true, rule: '*.log', source: '.dsyncignore' });
    expect(rules.explain(path('a/x/deep'), false)).toEqual({ ignored: true, rule: '/x', source: 'a/.dsyncignore' });
    expect(rules.explain(path('dist/a'), false)).toEqual({ ignored: true, rule: 'dist/', source: 'defaults' });
    expect(rules.explain(path('c/junk'), false)).toEqual({ ignored: true, rule: '(?d)junk', source: '.stignore' });
    expect(rules.explain(path('x/.git/config'), false)).toEqual({ ignored: true, rule: '.git', source: 'dsync' });
    expect(rules.explain(path('a.log'), false)).toEqual({ ignored: false });
    expect(rules.explain(path('.dsyncignore'), false)).toEqual({ ignored: false });
  });

  test('the hash and the rules do not depend on the order of discovery, and follow every change', () => {
    const sources: IgnoreSource[] = [
      { folder: undefined, name: 'defaults', text: 'x' },
      { folder: path('a'), name: '.dsyncignore', text: '!x' },
      { folder: path('a/b'), name: '.dsyncignore', text: 'x' },
    ];
    const rules = createIgnoreRules(sources);
    const turned = createIgnoreRules([...sources].reverse());
    expect(turned.hash).toBe(rules.hash);
    for (const text of ['x', 'a/x', 'a/b/x'])
      expect(turned.ignores(path(text), false)).toBe(rules.ignores(path(text), false));
    expect(createIgnoreRules(sources.slice(1)).hash).not.toBe(rules.hash);
    expect(createIgnoreRules([{ folder: path('b'), name: 'defaults', text: 'x' }, ...sources.slice(1)]).hash).not.toBe(
      rules.hash,
    );
  });
});

// Pieces that meet in many ways; paths are all over the same few names.
const part = fc.constantFrom(
  'a',
  'b',
  'c',
  '*',
  'a*',
  '*b',
  '?',
  '[ab]',
  '[!a]',
  '**',
  '\\a',
  'ab',
  '[a-c]b',
  'a[b',
  '.c',
);
const line = fc
  .tuple(
    fc.constantFrom('', '', '!'),
    fc.constantFrom('', '', '/'),
    fc.array(part, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '', '/'),
  )
  .map(([not, lead, parts, trail]) => `${not}${lead}${parts.join('/')}${trail}`);
const text = fc.array(line, { maxLength: 5 }).map((lines) => lines.join('\n'));
const names = ['a', 'b', 'ab', 'c', '.c', 'xb'];
const folders = ['a', 'b', 'ab', 'a/a', 'a/b', 'b/c', 'a/b/c', '.c'];
const allPaths = [
  ...folders,
  ...['', ...folders].flatMap((folder) => names.map((name) => (folder === '' ? name : `${folder}/${name}`))),
].filter((one, at, all) => all.indexOf(one) === at);

test('what is ours or git’s is found wherever it is, and explained alike', () => {
  const part = fc.constantFrom(
    'a',
    '.a',
    '.git',
    '.GIT',
    'x.git',
    '.dsync',
    '.Dsync',
    'local',
    'conflicts',
    '.dsync-tmp-1',
    'a.dsync',
  );
  const rules = rulesOf({ '.dsyncignore': 'local\n!.git' });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.boolean(), (parts, isFolder) => {
      const one = path(parts.join('/'));
      expect(rules.ignores(one, isFolder)).toBe(rules.explain(one, isFolder).ignored);
    }),
    { numRuns: 500 },
  );
});

test('no rule that matches is missed for the sake of speed', () => {
  fc.assert(
    fc.property(text, (rulesText) => {
      const rules = rulesOf({ '.dsyncignore': rulesText });
      const model = ignore({ ignorecase: false }).add(rulesText);
      for (const one of allPaths) {
        for (const isFolder of [false, true]) {
          expect([one, isFolder, rules.ignores(path(one), isFolder)]).toEqual([
            one,
            isFolder,
            model.ignores(isFolder ? `${one}/` : one),
          ]);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('files in several folders mean what they mean to git', () => {
  const root = mkdtempSync(join(tmpdir(), 'dsync-ignore-'));
  try {
    execFileSync('git', ['init', '-q', root]);
    for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
    const files = allPaths.filter((one) => !folders.includes(one));
    for (const file of files) writeFileSync(join(root, file), '');
    fc.assert(
      fc.property(text, text, text, (top, a, ab) => {
        writeFileSync(join(root, '.gitignore'), top);
        writeFileSync(join(root, 'a/.gitignore'), a);
        writeFileSync(join(root, 'a/b/.gitignore'), ab);
        const rules = rulesOf({ '.gitignore': top, 'a/.gitignore': a, 'a/b/.gitignore': ab });
        const ours = allPaths.filter((one) => rules.ignores(path(one), folders.includes(one)));
        expect(ours).toEqual(gitIgnores(root, allPaths));
      }),
      { numRuns: 60 },
    );
  } finally {
    rmSync(root, { recursive: true });
  }
});

function gitIgnores(root: string, paths: readonly string[]): string[] {
  const input = paths.join('\0');
  let output = '';
  try {
    output = execFileSync('git', ['-C', root, 'check-ignore', '--no-index', '-z', '--stdin'], {
      input,
      encoding: 'utf8',
    });
  } catch {
    // It exits with 1 where nothing is ignored.
  }
  const ignored = new Set(output.split('\0'));
  return paths.filter((one) => ignored.has(one));
}

test('isIgnoreFile() knows the files that hold rules', () => {
  const yes = ['.dsyncignore', 'a/b/.dsyncignore', '.stignore', '.rsync-exclude'];
  const no = ['.gitignore', 'a/.stignore', 'a/.rsync-exclude', 'x.dsyncignore', '.dsyncignore/a'];
  expect(yes.map((one) => isIgnoreFile(path(one)))).toEqual(yes.map(() => true));
  expect(no.map((one) => isIgnoreFile(path(one)))).toEqual(no.map(() => false));
  expect(isIgnoreFile(path('a/.gitignore'), { gitignore: true })).toBe(true);
});

describe('.stignore and .rsync-exclude', () => {
  test.each<[string, string, string, string[], string[]]>([
    ['st: a name at any depth', '.stignore', 'x', ['x', 'a/x', 'a/x/b'], ['xy']],
    ['st: a path at any depth', '.stignore', 'a/x', ['a/x', 'b/a/x'], ['x']],
    ['st: the first match wins', '.stignore', '!keep.log\n*.log', ['a.log'], ['keep.log', 'a/keep.log']],
    [
      'st: (?i) folds case, (?d) says nothing',
      '.stignore',
      '(?d)(?i)thumbs.DB',
      ['Thumbs.db', 'a/THUMBS.DB'],
      ['thumb.db'],
    ],
    ['st: prefixes in any order', '.stignore', '(?i)!(?d)A.log\n*.log', ['b.log'], ['a.log']],
    ['st: braces', '.stignore', '*.{log,t{m,x}p}', ['a.log', 'a.tmp', 'a.txp'], ['a.tp']],
    ['st: comments', '.stignore', '// x\nx // y', ['x // y'], ['x']],
    ['st: a trailing slash means what is inside', '.stignore', '/x/', ['x/a'], ['x/']],
    ['st: only one folder', '.stignore', '!/a/b\n*', ['c', 'a/c', 'a/d/'], ['a/', 'a/b/', 'a/b/c', 'a/b/c/d']],
    ['rsync: plain lines exclude', '.rsync-exclude', 'x\n*.log\n# c\n; c', ['x', 'a/x', 'a.log'], ['# c', '; c']],
    ['rsync: the first match wins', '.rsync-exclude', '+ keep.log\n- *.log', ['a.log'], ['keep.log']],
    ['rsync: an inner slash floats', '.rsync-exclude', '- a/x', ['a/x', 'b/a/x'], ['x']],
    ['rsync: a leading slash anchors', '.rsync-exclude', '/x', ['x'], ['a/x']],
    [
      'rsync: only what is included',
      '.rsync-exclude',
      '+ */\n+ *.ts\n- *',
      ['a.js', 'a/b.js'],
      ['a/', 'a.ts', 'a/b.ts'],
    ],
    ['rsync: a lone ! clears', '.rsync-exclude', 'x\n!\ny', ['y'], ['x']],
    ['rsync: *** takes folder and content', '.rsync-exclude', '/x/***', ['x/', 'x/a'], ['a/x/']],
    ['rsync: names that look like signs', '.rsync-exclude', '- !x\n- #y', ['!x', '#y'], ['x', 'y']],
  ])('%s', (_promise, name, rulesText, yes, no) => {
    const rules = rulesOf({ [name]: rulesText });
    expect(rules.faults).toEqual([]);
    expect(yes.filter((one) => !ignored(rules, one))).toEqual([]);
    expect(no.filter((one) => ignored(rules, one))).toEqual([]);
  });

  test('what is not supported is said, with its line', () => {
    const rules = rulesOf({ '.stignore': 'x\n#include other', '.rsync-exclude': 'merge /etc/x\n: .filter\n-p *.o' });
    expect(rules.faults.map(({ source, line: at, text: said }) => `${source}:${at} ${said}`).sort()).toEqual([
      '.rsync-exclude:1 merge /etc/x',
      '.rsync-exclude:2 : .filter',
      '.rsync-exclude:3 -p *.o',
      '.stignore:2 #include other',
    ]);
    expect(rules.ignores(path('x'), false)).toBe(true);
  });
});

test('a path is ignored wherever a folder above it is', () => {
  fc.assert(
    fc.property(text, (rulesText) => {
      const rules = rulesOf({ '.dsyncignore': rulesText });
      for (const one of allPaths) {
        const above = parentsOf(path(one)).some((folder) => rules.ignores(folder, true));
        if (above) expect(rules.ignores(path(one), false)).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});
