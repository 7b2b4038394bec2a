import { describe, expect, test } from 'vitest';
import { paneWith, processWith, sessionWith, snapshotWith, windowWith } from '../snapshot/fixtures/snapshot.ts';
import type { Snapshot, SnapshotPane } from '../snapshot/schema.ts';
import { firstProgram } from './first-program.ts';
import { plan } from './plan.ts';
import type { TargetFacts } from './plan-schema.ts';
import { startFiles } from './shell-start.ts';

function factsWith(changes: Partial<TargetFacts> = {}): TargetFacts {
  return {
    host: { id: 'host-b', name: 'b', user: 'ann', home: '/Users/ann', os: 'darwin' },
    roots: [],
    projects: {},
    pathMap: [],
    terminal: { cols: 120, rows: 40 },
    tmux: { version: '3.4', socket: '', sessions: [] },
    folders: ['/Users/ann', '/Users/ann/web'],
    programs: ['node', 'vim', 'ssh'],
    shells: { bash: '/opt/homebrew/bin/bash' },
    shell: '/bin/zsh',
    busyPorts: [],
    notices: [],
    ...changes,
  };
}

function snapshotOf(...panes: SnapshotPane[]): Snapshot {
  return snapshotWith({ mux: { sessions: [sessionWith([windowWith(panes)])], lastSession: 'work' } });
}

const paneOf = (snapshot: Snapshot, facts = factsWith()) => plan(snapshot, facts).sessions[0]?.windows[0]?.panes[0];
const running = (command: string, policy: 'auto' | 'confirm' | 'prefill' | 'skip' = 'auto'): SnapshotPane =>
  paneWith({ process: processWith({}, { command, policy }) });

describe('a pane', () => {
  test.each([
    ['auto', 'run'],
    ['confirm', 'prefill'],
    ['prefill', 'prefill'],
    ['skip', 'none'],
  ] as const)('whose policy is %s: %s', (policy, action) => {
    expect(paneOf(snapshotOf(running('node x', policy)))).toMatchObject({
      action,
      command: 'node x',
      problem: '',
      cwd: '/Users/ann/web',
    });
  });

  test('has its command at hand where the program is missing or the port taken', () => {
    expect(paneOf(snapshotOf(running('bun x')))).toMatchObject({
      action: 'prefill',
      problem: 'bun is not installed here',
    });
    const pane = running('node x');
    const service = {
      id: 's',
      pane: pane.key,
      name: 'x',
      command: 'node x',
      cwd: { home: 'web' },
      env: {},
      listens: [{ port: 3000, address: '::', proto: 'tcp' as const }],
      health: { kind: 'tcp' as const, port: 3000 },
      after: [],
      envPort: null,
      startedBy: 'shell' as const,
      launch: null,
      pids: [1],
      foreground: true,
      policy: 'auto' as const,
      reason: '',
      stop: { signal: 'SIGINT' as const, graceMs: 1 },
    };
    const taken = factsWith({ busyPorts: [{ port: 3000, by: 'nginx (pid 7)', pid: 7 }] });
    const planned = plan({ ...snapshotOf(pane), services: [service] }, taken);
    expect(planned.sessions[0]?.windows[0]?.panes[0]).toMatchObject({
      action: 'prefill',
      problem: 'port 3000 is taken by nginx (pid 7)',
    });
    expect(planned.services).toMatchObject([{ action: 'with-pane', problem: 'port 3000 is taken by nginx (pid 7)' }]);
    const bare = plan({ ...snapshotOf(pane), services: [service] }, factsWith({ tmux: null }));
    expect(bare).toMatchObject({ sessions: [], attach: null, services: [{ action: 'background' }] });
    expect(bare.notices.map(({ text }) => text).join()).toContain('tmux is not installed here');
  });

  test('whose folder is not here is a shell in the home, and says how to map it', () => {
    const lost = plan(snapshotOf(running('node x')), factsWith({ folders: ['/Users/ann'] }));
    expect(lost.sessions[0]?.windows[0]?.panes[0]).toMatchObject({
      action: 'none',
      cwd: '/Users/ann',
      problem: '/Users/ann/web is not here',
    });
    expect(lost.notices.some(({ cure }) => cure.includes('--map'))).toBe(true);
  });

  test('lies where the user says, and so do paths in its command', () => {
    const pathMap = [{ from: '/home/ann/web', to: '/data/w' }];
    const pane = paneWith({
      process: processWith({ env: { DIR: '${home}/web/x' } }, { command: 'node ${home}/web/x.js ${home}/y' }),
    });
    expect(paneOf(snapshotOf(pane), factsWith({ pathMap, folders: ['/data/w'] }))).toMatchObject({
      cwd: '/data/w',
      command: 'node /data/w/x.js /Users/ann/y',
      env: { DIR: '/data/w/x' },
      action: 'run',
    });
  });

  test('in a root lies in that root, or in a clone of the same repository; without either it is said which', () => {
    const base = snapshotOf(
      paneWith({ process: processWith({ cwd: { root: 'r1', rel: 'api' } }, { command: 'node ${root:r1}/x.js' }) }),
    );
    const snapshot = {
      ...base,
      roots: [
        {
          id: 'r1',
          name: 'code',
          paths: { 'host-a': '/home/ann/code' },
          identity: { remote: 'github.com/acme/code', subdir: '' },
        },
      ],
    };
    const here = factsWith({ roots: [{ id: 'r1', name: 'code', path: '/v/code' }], folders: ['/v/code/api'] });
    expect(paneOf(snapshot, here)).toMatchObject({ cwd: '/v/code/api', command: 'node /v/code/x.js', action: 'run' });
    const clone = factsWith({ projects: { 'github.com/acme/code': '/src/code' }, folders: ['/src/code/api'] });
    expect(paneOf(snapshot, clone)).toMatchObject({ cwd: '/src/code/api', command: 'node /src/code/x.js' });
    expect(paneOf(snapshot)).toMatchObject({
      action: 'none',
      problem: expect.stringContaining('the root code is not here'),
    });
  });

  test('has the shell that it had, if that is here', () => {
    expect(paneOf(snapshotOf(paneWith({ shell: '/usr/bin/bash' })))?.shell).toBe('/opt/homebrew/bin/bash');
    expect(paneOf(snapshotOf(paneWith({ shell: '/usr/bin/fish' })))?.shell).toBe('/bin/zsh');
  });

  test('that lost a secret says which', () => {
    const snapshot = snapshotOf(paneWith({ process: processWith({ redacted: ['API_TOKEN'] }) }));
    expect(plan(snapshot, factsWith()).notices.map(({ text }) => text)).toEqual([
      'API_TOKEN looks secret and was not kept',
    ]);
  });
});

describe('a session', () => {
  test('is scaled from how it was laid out, to the terminal less its status', () => {
    const snapshot = snapshotOf(paneWith(), paneWith());
    expect(plan(snapshot, factsWith()).sessions[0]).toMatchObject({
      size: { cols: 120, rows: 39 },
      windows: [{ layout: expect.stringContaining('120x39') }],
    });
    const [session] = snapshot.mux.sessions;
    if (session === undefined) throw new Error('none');
    const high = { ...snapshot, mux: { sessions: [{ ...session, options: { status: '3' } }], lastSession: null } };
    expect(plan(high, factsWith()).sessions[0]?.size).toEqual({ cols: 120, rows: 37 });
    expect(plan(snapshot, factsWith({ terminal: null })).sessions[0]?.size).toEqual({ cols: 80, rows: 24 });
  });

  test('of a name that is taken gets another; one that stands is the same', () => {
    const snapshot = snapshotOf(paneWith());
    const [session] = snapshot.mux.sessions;
    const [pane] = session?.windows[0]?.panes ?? [];
    const standing = (name: string, key: string, panes: string[]) => ({ name, key, panes });
    const taken = factsWith({
      tmux: { version: '3.4', socket: '', sessions: [standing('work', '', []), standing('work-2', '', [])] },
    });
    expect(plan(snapshot, taken)).toMatchObject({
      attach: 'work-3',
      sessions: [{ name: 'work-3', from: 'work', state: 'create' }],
    });
    const same = factsWith({
      tmux: { version: '3.4', socket: '', sessions: [standing('renamed', session?.key ?? '', [pane?.key ?? ''])] },
    });
    expect(plan(snapshot, same)).toMatchObject({
      attach: 'renamed',
      sessions: [{ state: 'present', windows: [{ panes: [{ state: 'present' }] }] }],
    });
  });

  test('is not put up by a tmux that is too old', () => {
    const old = factsWith({ tmux: { version: '2.9a', socket: '', sessions: [] } });
    expect(plan(snapshotOf(paneWith()), old).obstacles).toMatchObject([{ text: 'tmux 2.9a is too old' }]);
  });
});

test.each([
  ["FOO='a b' node x", 'node'],
  ['cd x && y', undefined],
  ['(cd x; y)', undefined],
  ['nice -n 3 make', 'make'],
  ['', undefined],
  ['"', undefined],
])('%s needs %s', (line, program) => expect(firstProgram(line)).toBe(program));

test('a command goes to its shell in a file, whatever is in it', () => {
  const command = `echo 'a' "b" $(c) \`d\` \\ ; #`;
  const start = {
    shell: '/bin/bash',
    folder: '/state/with blank',
    action: 'run',
    command,
    history: ['one', "t'wo"],
    scrollback: 'x',
    isLogin: true,
  } as const;
  const files = startFiles(start);
  expect(files.command).toBe(command);
  expect(files.history).toBe("one\0t'wo\0");
  for (const [name, text] of Object.entries(files)) if (name !== 'command') expect(text).not.toContain('$(c)');
  expect(startFiles({ ...start, action: 'none' }).bashrc).not.toContain('eval');
  expect(Object.keys(startFiles({ ...start, shell: '/bin/zsh' }))).toContain('zsh/.zshrc');
  expect(startFiles({ ...start, shell: '/bin/dash' }).start).toContain('exec /bin/dash -l');
});
