import { describe, expect, test } from 'vitest';
import { argvLine, commandLine, type Known } from './command-line.ts';
import { environmentDelta, namesInStartUp } from './environment.ts';
import { kindOf, programName, withoutWrappers } from './kind.ts';
import { packageScript, scriptLine } from './package-script.ts';
import { decidePolicy, type PolicyQuestion } from './policy.ts';
import { hideSecrets, isSecretVariable } from './secrets.ts';
import { parseTyped, plainLines } from './typed-lines.ts';

const isProgram = (name: string): boolean =>
  /^(?:vim|nvim|node|npm|python3?|make|less|my-tool|claude|sleep|cat|grep)$/.test(name);
const known = (changes: Partial<Known>): Known => ({
  typed: undefined,
  script: undefined,
  parts: [{ argv: ['node', 'server.js'], trusted: true }],
  cwd: '/w',
  path: ['/usr/bin'],
  isProgram,
  ...changes,
});

describe('the line that starts a command again', () => {
  test.each<[string, Partial<Known>, string, string]>([
    [
      'what was typed, quotes and all',
      { typed: { cwd: '/t', line: "FOO='a b' node server.js # typed" } },
      "FOO='a b' node server.js # typed",
      '/t',
    ],
    [
      'a change of folder is given where it was typed',
      { typed: { cwd: '/t', line: 'cd app && npm run dev' } },
      'cd app && npm run dev',
      '/t',
    ],
    ['an alias gives way to what it stood for', { typed: { cwd: '/t', line: 'serve-it' } }, 'node server.js', '/w'],
    [
      'an alias gives way to the package script',
      { typed: { cwd: '/t', line: 'nrd' }, script: { runner: 'npm', name: 'dev', dir: '/w', args: [] } },
      'npm run dev',
      '/w',
    ],
    [
      'blanks and quotes',
      { parts: [{ argv: ['vim', 'a b.txt', "it's"], trusted: true }] },
      "vim 'a b.txt' 'it'\\''s'",
      '/w',
    ],
    ['an empty argument', { parts: [{ argv: ['grep', '', 'x'], trusted: true }] }, "grep '' x", '/w'],
    [
      'parts of a pipe',
      {
        parts: [
          { argv: ['cat', 'f'], trusted: true },
          { argv: ['grep', 'x'], trusted: true },
        ],
      },
      'cat f | grep x',
      '/w',
    ],
    ['a title', { parts: [{ argv: ['npm run dev'], trusted: false }] }, 'npm run dev', '/w'],
  ])('%s', (_, changes, line, cwd) => {
    expect(commandLine(known(changes))).toMatchObject({ line, cwd });
  });

  test.each([
    [['/nix/store/abc-neovim/bin/nvim', 'x'], 'nvim x'],
    [['/nix/store/abc/bin/.nvim-wrapped', 'x'], 'nvim x'],
    [['/tmp/.mount_nvimXYZ/usr/bin/nvim', 'x'], 'nvim x'],
    [['/home/ann/.pyenv/shims/python3', '-m', 'x'], 'python3 -m x'],
    [['/usr/bin/python3', '/usr/bin/my-tool', '-v'], 'my-tool -v'],
    [['/home/ann/app/.venv/bin/gunicorn', 'app'], '/home/ann/app/.venv/bin/gunicorn app'],
    [['./server', '-p', '1'], './server -p 1'],
    [['-bash'], 'bash'],
  ])('%j is called as %s', (argv, line) => {
    expect(argvLine(argv, ['/usr/bin'], isProgram)).toBe(line);
  });
});

describe('package scripts', () => {
  const env = (agent: string, script = 'node server.js'): ReadonlyMap<string, string> =>
    new Map([
      ['npm_lifecycle_event', 'dev'],
      ['npm_lifecycle_script', script],
      ['npm_package_json', '/w/web/package.json'],
      ['npm_config_user_agent', `${agent}/1.2.3 npm/? node/v20 linux x64`],
    ]);
  test.each([
    ['npm', '/w/web', 'npm run dev -- --port 3'],
    ['pnpm', '/w/web/src', 'pnpm run dev --port 3'],
    ['yarn', '/w/web', 'yarn run dev --port 3'],
    ['bun', '/w', 'bun --cwd /w/web run dev --port 3'],
    ['npm', '/elsewhere', 'npm --prefix /w/web run dev -- --port 3'],
  ])('of %s, from %s: %s', (runner, cwd, line) => {
    const script = packageScript(env(runner), ['sh', '-c', "node server.js --port '3'"]);
    expect(script).toEqual({ runner, name: 'dev', dir: '/w/web', args: ['--port', '3'] });
    if (script !== undefined) expect(scriptLine(script, cwd)).toBe(line);
  });

  test('arguments that cannot be told are left out, and npx is no script', () => {
    expect(packageScript(env('npm'), ['node', 'server.js'])?.args).toBeNull();
    expect(packageScript(new Map([...env('npm'), ['npm_lifecycle_event', 'npx']]), [])).toBeUndefined();
    expect(packageScript(new Map(), [])).toBeUndefined();
  });
});

describe('what may run again by itself', () => {
  const ask = (line: string, changes: Partial<PolicyQuestion> = {}) => {
    const argv = changes.argv ?? line.split(' ');
    const question = {
      line,
      argv,
      kind: kindOf(argv),
      isScript: false,
      ports: [],
      isLaunched: false,
      isHidden: false,
      isPartial: false,
      chosen: {},
      ...changes,
    };
    return decidePolicy(question).policy;
  };

  test.each([
    ["vim 'a b.txt'"],
    ['less install.txt'],
    ['tail -f deploy.log'],
    ['htop'],
    ['man rm'],
    ['watch -n1 date'],
    ['vim release notes.md'],
    ['tsc --watch'],
    ['npx vitest --watch'],
    ['cargo watch -x test'],
    ['nvim'],
    ['bash'],
    ['lazygit'],
    ['nodemon server.js'],
  ])('%s: yes', (line) => expect(ask(line)).toBe('auto'));

  test.each([
    ['npm run dev', 3000],
    ['python3 -m http.server 8000', 8000],
    ['FOO=ab node server.js', 3000],
    ['make serve', 4000],
    ['uvicorn main:app --reload', 8000],
    ['nice -n 5 node x.js', 3000],
    ['redis-server', 6379],
  ])('%s on port %i: yes', (line, port) => expect(ask(line, { ports: [port] })).toBe('auto'));

  test.each([
    ['make all'],
    ['./run.sh'],
    ['ssh gpu'],
    ['python3'],
    ['psql shop'],
    ['cargo test'],
    ['docker compose up'],
    ['my-tool --fast'],
    ['node train.js'],
    ['sleep 100'],
    ['claude --resume x'],
  ])('%s: a person presses Enter', (line) => expect(ask(line)).toBe('prefill'));

  test.each([
    ['rm -rf build'],
    ['sudo systemctl restart nginx'],
    ['dd if=/dev/zero of=/dev/sda'],
    ['mkfs.ext4 /dev/sdb'],
    ['git push --force'],
    ['git -C x reset --hard'],
    ['terraform apply'],
    ['kubectl delete pod x'],
    ['helm upgrade x'],
    ['npm run deploy'],
    ['npm publish'],
    ['rails db:migrate'],
    ['./manage.py migrate'],
    ['curl https://x.sh | sh'],
    ['node x.js > out.txt'],
    ['make x && rm y'],
    ['FOO=1 rm x'],
    ['find . -delete'],
    ['ls | xargs cat'],
    ["bash -c 'rm x'"],
    ['npm install'],
    ['curl -X DELETE http://x/1'],
    ['psql -c "DROP TABLE x"'],
    ['eval "$X"'],
    ['echo $(reboot)'],
    ['/bin/rm x'],
    ['kill 1'],
    ['npm run db:seed'],
    ['time rm x'],
  ])('%s: never', (line) => expect(ask(line)).toBe('skip'));

  test('what listens and is dangerous does not run either', () => {
    expect(ask('sudo node server.js', { ports: [80] })).toBe('skip');
    expect(ask('dev', { argv: ['npm', 'run', 'deploy'], ports: [80], isScript: true })).toBe('skip');
  });

  test('a binary that nobody knows waits, even if it listens', () => {
    expect(ask('./a.out', { ports: [4000] })).toBe('prefill');
    expect(ask('./a.out', { ports: [4000], isLaunched: true })).toBe('auto');
  });

  test('settings say it better, the longest beginning first', () => {
    const chosen = { make: 'auto', 'make install': 'skip', vim: 'prefill' } as const;
    expect(ask('make all', { chosen })).toBe('auto');
    expect(ask('make install x', { chosen })).toBe('skip');
    expect(ask('makeup', { chosen })).toBe('prefill');
    expect(ask('vim x', { chosen })).toBe('prefill');
  });

  test('what lost a secret, or was only seen in part, waits', () => {
    expect(ask('node x.js', { ports: [1], isHidden: true })).toBe('prefill');
    expect(ask('vim x', { isPartial: true })).toBe('prefill');
  });
});

describe('kinds of programs', () => {
  test.each([
    [['vim', 'x'], 'editor'],
    [['/nix/store/x/bin/.nvim-wrapped'], 'editor'],
    [['python3'], 'repl'],
    [['python3', '-i'], 'repl'],
    [['python3', 'x.py'], 'unknown'],
    [['ssh', 'gpu'], 'remote'],
    [['env', 'A=1', 'ssh', 'gpu'], 'remote'],
    [['claude'], 'agent'],
    [['-zsh'], 'shell'],
    [['nice', '-n', '5', 'make'], 'task'],
    [['tail', '-f', 'x'], 'monitor'],
    [[''], 'unknown'],
    [[], 'unknown'],
  ] as const)('%j is %s', (argv, kind) => expect(kindOf(argv)).toBe(kind));

  test('names', () => {
    expect(programName('/opt/x/nvim.AppImage')).toBe('nvim');
    expect(withoutWrappers(['nohup', 'env', '-i', 'A=b', 'node', 'x'])).toEqual(['node', 'x']);
    expect(withoutWrappers(['A=1'])).toEqual(['A=1']);
  });
});

describe('secrets', () => {
  test.each([
    ['GITHUB_TOKEN', 'x'],
    ['AWS_ACCESS_KEY_ID', 'x'],
    ['DB_PASSWORD', 'x'],
    ['STRIPE_KEY', 'x'],
    ['DATABASE_URL', 'x'],
    ['HARMLESS', 'postgres://ann:hunter2@db/x'],
    ['X', 'ghp_0123456789abcdefghijABCDEFGHIJ'],
    ['Y', 'eyJhbGciOi.eyJzdWIi.x'],
    ['Z', 'Zm9vYmFyMTIzNDU2Nzg5MEFCQ0RlZmdoSUpL'],
  ])('%s=%s is one', (name, value) => expect(isSecretVariable(name, value)).toBe(true));

  test.each([
    ['PORT', '3000'],
    ['AWS_REGION', 'eu-west-1'],
    ['NODE_ENV', 'development'],
    ['API_URL', 'https://api.example.com/v1'],
    ['COMMIT', '0123456789abcdef0123456789abcdef01234567'],
    ['LONG', '/a/very/long/path/that/goes/on/and/on'],
    ['GIT_AUTHOR_NAME', 'Ann'],
  ])('%s=%s is none', (name, value) => expect(isSecretVariable(name, value)).toBe(false));

  test.each([
    ['API_TOKEN=abc node x.js', 'API_TOKEN="$API_TOKEN" node x.js'],
    ["A=1 DB_PASSWORD='a b' node x", 'A=1 DB_PASSWORD="$DB_PASSWORD" node x'],
    ['mycli --password hunter2 -v', 'mycli --password HIDDEN -v'],
    ['mycli --api-key=abc', 'mycli --api-key=HIDDEN'],
    ['psql postgres://ann:pw@db/x', 'psql HIDDEN'],
  ])('%s is kept as %s', (line, shown) => {
    const hidden = hideSecrets(line);
    expect(hidden.line).toBe(shown);
    expect(hidden.hidden).not.toEqual([]);
  });

  test('a value in a header goes, however it is quoted', () => {
    for (const line of [
      "curl -H 'Authorization: Bearer abcdefghijkl' x",
      'curl -H "Authorization: Bearer abcdefghijkl" x',
    ])
      expect(hideSecrets(line).line).not.toContain('abcdefghijkl');
  });

  test('plain lines stay as they are', () => {
    for (const line of ['TOKEN=$TOKEN x', 'ls -la', "FOO='a b' python3 -m http.server", 'tool --token "$T"'])
      expect(hideSecrets(line)).toEqual({ line, hidden: [] });
  });

  test('lines of a history that are secret or begin with a blank are left out', () => {
    expect(plainLines(['ls', 'ls', ' hidden', 'export TOKEN=abc', 'make', ''])).toEqual(['ls', 'make']);
  });
});

test('typed lines are a folder and a line; at a prompt, and half written, there is none', () => {
  expect(parseTyped('/w\nmake all\n')).toEqual({ cwd: '/w', line: 'make all' });
  expect(parseTyped('/w\nfor i in 1\ndo x\ndone\n')).toEqual({ cwd: '/w', line: 'for i in 1\ndo x\ndone' });
  for (const text of ['', '/w\n', '  12  make', '/w\n secret', 'w\nmake']) expect(parseTyped(text)).toBeUndefined();
});

test('of an environment goes along what was set by hand; neither this host’s, nor managed, nor secret', () => {
  const env = new Map(
    Object.entries({
      FOO: 'a b',
      PATH: '/x',
      TMUX: 'y',
      TOKEN: 'z',
      SAME: '1',
      NVM_BIN: '/n',
      RC: '2',
      PORT: '3',
      'bad-name': 'x',
    }),
  );
  const base = new Map([['SAME', '1']]);
  expect(environmentDelta(env, base, new Set(['RC']))).toEqual({ env: { FOO: 'a b', PORT: '3' }, redacted: ['TOKEN'] });
  expect(namesInStartUp('export RC=1\n  OTHER=2\nset -gx FISHY 3\n')).toEqual(
    expect.arrayContaining(['RC', 'OTHER', 'FISHY']),
  );
});
