import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AbsPath } from '../../platform/abs-path.ts';
import type { RelPath } from '../core/rel-path.ts';
import { createCookies } from './cookie.ts';
import { nameByMagic } from './filesystem-events.ts';
import { createTreeWatcher, type TreeWatcher, type WatchProblem } from './tree-watcher.ts';
import { maxQueuedEvents, watchLimitProblem } from './watch-limit.ts';

let root: AbsPath;
let events: string[];
let problems: WatchProblem[];
let overflows: number;
let watcher: TreeWatcher | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dsync-watch-')) as AbsPath;
  events = [];
  problems = [];
  overflows = 0;
});
afterEach(() => {
  watcher?.close();
  watcher = undefined;
  rmSync(root, { recursive: true, force: true });
});

const path = (text: string) => text as RelPath;
const at = (text: string) => join(root, text);

function make(...files: string[]): void {
  for (const file of files) {
    mkdirSync(file.endsWith('/') ? at(file) : dirname(at(file)), { recursive: true });
    if (!file.endsWith('/')) writeFileSync(at(file), file);
  }
}

function start(method: TreeWatcher['method'], ...folders: string[]): TreeWatcher {
  const started = createTreeWatcher(root, {
    method,
    pollMs: 20,
    onEvent: (folder, name) => events.push(`${folder ?? '.'} ${name ?? '*'}`),
    onOverflow: () => {
      overflows++;
    },
    onProblem: (problem) => problems.push(problem),
  });
  watcher = started;
  started.add(undefined);
  for (const folder of folders) started.add(path(folder));
  return started;
}

const seen = (event: string) => vi.waitFor(() => expect(events).toContain(event), { timeout: 5_000, interval: 5 });

/** Waits until the events of all that was done are there. */
async function settle(): Promise<void> {
  const own = mkdtempSync(join(tmpdir(), 'dsync-cookie-')) as AbsPath;
  const cookies = createCookies(own);
  await cookies.sync();
  cookies.close();
  rmSync(own, { recursive: true, force: true });
}

function kernelWatches(): number {
  return readdirSync('/proc/self/fdinfo')
    .map((fd) => readIfThere(`/proc/self/fdinfo/${fd}`).match(/^inotify /gm)?.length ?? 0)
    .reduce((sum, count) => sum + count, 0);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

describe.runIf(process.platform === 'linux')('by inotify', () => {
  test('tells creations, writes, renames and deletions by folder and name', async () => {
    make('a/b/x');
    start('inotify', 'a', 'a/b');
    make('top', 'a/new/');
    writeFileSync(at('a/b/x'), 'more');
    renameSync(at('top'), at('a/moved'));
    rmSync(at('a/b/x'));
    await settle();
    expect(new Set(events)).toEqual(new Set(['. top', 'a new', 'a/b x', 'a moved']));
  });

  test('a folder that is made elsewhere and comes as a whole tells all but its coming', async () => {
    make('stage/made/x');
    const started = start('inotify');
    const before = kernelWatches();
    started.addStaged?.(path('new'), at('stage/made') as AbsPath);
    writeFileSync(at('stage/made/x'), 'in between');
    renameSync(at('stage/made'), at('new'));
    await settle();
    expect(new Set(events)).toEqual(new Set(['. new', 'new x']));
    // Added once more by a walk, it still has the name that it was first watched by.
    started.add(path('new'));
    expect([kernelWatches() - before, started.watches]).toEqual([1, 2]);
    events.length = 0;
    writeFileSync(at('new/y'), '');
    await settle();
    expect(events).toContain('new y');
    events.length = 0;
    renameSync(at('new'), at('moved-on'));
    await settle();
    expect(events).toContain('new *');
    expect(kernelWatches()).toBe(before);
  });

  test('one that comes in place of another of its name is watched, and the other is not', async () => {
    make('there/x', 'stage/made/y');
    const started = start('inotify', 'there');
    const before = kernelWatches();
    renameSync(at('there'), at('gone'));
    started.addStaged?.(path('there'), at('stage/made') as AbsPath);
    renameSync(at('stage/made'), at('there'));
    await settle();
    events.length = 0;
    writeFileSync(at('gone/x'), 'more');
    writeFileSync(at('there/y'), 'more');
    await settle();
    expect(new Set(events)).toEqual(new Set(['there y']));
    expect(kernelWatches()).toBe(before);
  });

  test('adding a folder again neither leaks nor loses', async () => {
    make('a/x');
    const started = start('inotify', 'a');
    const before = kernelWatches();
    for (let i = 0; i < 50; i++) {
      started.add(path('a'));
      writeFileSync(at(`a/${i}`), '');
      started.add(path('a'));
    }
    await settle();
    expect(Array.from({ length: 50 }, (_, i) => `a ${i}`).filter((event) => !events.includes(event))).toEqual([]);
    expect([kernelWatches(), started.watches]).toEqual([before, 2]);
  });

  test.each(['drop first', 'add first'])('a renamed tree tells its new paths (%s)', async (order) => {
    make('old/sub/x');
    const started = start('inotify', 'old', 'old/sub');
    const before = kernelWatches();
    renameSync(at('old'), at('new'));
    if (order === 'drop first') started.drop(path('old'));
    for (const folder of ['new', 'new/sub']) started.add(path(folder));
    if (order === 'add first') started.drop(path('old'));
    await settle();
    events.length = 0;
    writeFileSync(at('new/sub/x'), 'more');
    writeFileSync(at('new/y'), '');
    await settle();
    expect(new Set(events)).toEqual(new Set(['new/sub x', 'new y']));
    expect([kernelWatches(), started.watches]).toEqual([before, 3]);
  });

  test.each(['by itself', 'when it is added again'])(
    'a folder deleted and made anew at once is watched on %s',
    async (how) => {
      make('a/x');
      const started = start('inotify', 'a');
      const before = kernelWatches();
      rmSync(at('a'), { recursive: true });
      make('a/early');
      if (how === 'when it is added again') started.add(path('a'));
      await settle();
      if (how === 'by itself') expect(events).toContain('a *');
      writeFileSync(at('a/late'), '');
      await seen('a late');
      expect([kernelWatches(), started.watches]).toEqual([before, 2]);
    },
  );

  test('a folder replaced by another is watched in the new shape, though nobody adds it', async () => {
    make('a/x', 'b/y');
    start('inotify', 'a');
    renameSync(at('a'), at('c'));
    renameSync(at('b'), at('a'));
    await settle();
    expect(events).toContain('a *');
    events.length = 0;
    writeFileSync(at('a/y'), 'more');
    writeFileSync(at('c/x'), 'more');
    await settle();
    expect(new Set(events)).toEqual(new Set(['a y']));
  });

  test('trees that changed places are told right once they are added again', async () => {
    make('a/s/x', 'b/s/y');
    const started = start('inotify', 'a', 'a/s', 'b', 'b/s');
    renameSync(at('a'), at('t'));
    renameSync(at('b'), at('a'));
    renameSync(at('t'), at('b'));
    for (const folder of ['a', 'a/s', 'b', 'b/s']) started.add(path(folder));
    await settle();
    events.length = 0;
    writeFileSync(at('a/s/y'), 'more');
    writeFileSync(at('b/s/x'), 'more');
    await settle();
    expect(new Set(events)).toEqual(new Set(['a/s y', 'b/s x']));
  });

  test('a folder that is gone holds no watch', async () => {
    make('a/b/c/x');
    const started = start('inotify', 'a', 'a/b', 'a/b/c');
    rmSync(at('a'), { recursive: true });
    await settle();
    await vi.waitFor(() => expect(started.watches).toBe(1));
    started.add(path('a'));
    expect([started.watches, started.unwatched, problems]).toEqual([1, 0, []]);
  });

  test('a child with the name of its folder is seen', async () => {
    make('a/');
    start('inotify', 'a');
    make('a/a/', 'a/b');
    await settle();
    expect(events).toEqual(expect.arrayContaining(['a *', 'a b']));
  });

  test('a name that is no UTF-8 makes its folder to be looked at', async () => {
    make('a/');
    start('inotify', 'a');
    writeFileSync(Buffer.concat([Buffer.from(`${at('a')}/`), Buffer.from([0xff])]), '');
    await settle();
    expect(new Set(events)).toEqual(new Set(['a *']));
  });

  test('more events than the kernel keeps are noticed', async () => {
    start('inotify');
    for (let i = 0; i < 200; i++) make(`few${i}/`);
    await settle();
    expect(overflows).toBe(0);
    make('a', 'b');
    // In turns, because the kernel makes one of two like events in a row.
    for (let i = 0; i <= maxQueuedEvents(); i++) chmodSync(at(i % 2 === 0 ? 'a' : 'b'), 0o600);
    await vi.waitFor(() => expect(overflows).toBe(1), { timeout: 5_000 });
  });

  test('drop() forgets a folder and all below it, and nothing else', async () => {
    make('a/b/', 'ab/');
    const started = start('inotify', 'a', 'a/b', 'ab');
    started.drop(path('a'));
    make('a/1', 'a/b/2', 'ab/3', '4');
    await settle();
    expect(new Set(events)).toEqual(new Set(['ab 3', '. 4']));
    expect(started.watches).toBe(2);
  });

  test('close() gives every watch back, and nothing is told after it', async () => {
    make('a/');
    const before = kernelWatches();
    const started = start('inotify', 'a');
    make('a/x');
    started.close();
    await settle();
    expect([events, kernelWatches(), started.watches]).toEqual([[], before, 0]);
  });

  test('a change of the folder’s own mode is told by its parent', async () => {
    make('a/');
    start('inotify', 'a');
    chmodSync(at('a'), 0o711);
    await seen('. a');
  });
});

describe.each([['polling'], ...(process.platform === 'darwin' ? [['fsevents']] : [])] as [TreeWatcher['method']][])(
  'by %s',
  (method) => {
    test('tells creations, writes and deletions by folder and name', { timeout: 20_000 }, async () => {
      make('a/b/x', 'a/y');
      const started = start(method, 'a', 'a/b');
      // Until the first look nothing is known that could differ.
      await vi.waitFor(
        () => {
          writeFileSync(at('a/b/x'), String(Math.random()));
          expect(events).toContain('a/b x');
        },
        { timeout: 10_000, interval: 50 },
      );
      make('top', 'a/new');
      await seen('. top');
      await seen('a new');
      rmSync(at('a/y'));
      await seen('a y');
      expect([started.method, problems]).toEqual([method, []]);
    });

    test('a folder dropped and added again is watched again', { timeout: 20_000 }, async () => {
      make('a/x');
      const started = start(method, 'a');
      started.drop(path('a'));
      started.add(path('a'));
      await vi.waitFor(
        () => {
          writeFileSync(at('a/x'), String(Math.random()));
          expect(events).toContain('a x');
        },
        { timeout: 10_000, interval: 50 },
      );
    });
  },
);

describe('createCookies()', () => {
  test.runIf(process.platform === 'linux')('sync() resolves after the events of all that was done before', async () => {
    const folders = Array.from({ length: 40 }, (_, i) => `f${i}`);
    make(...folders.map((folder) => `${folder}/`));
    start('inotify', ...folders);
    const own = mkdtempSync(join(tmpdir(), 'dsync-cookie-')) as AbsPath;
    const cookies = createCookies(own);
    for (let round = 0; round < 20; round++) {
      for (const folder of folders) make(`${folder}/${round}`);
      await cookies.sync();
      expect(folders.filter((folder) => !events.includes(`${folder} ${round}`))).toEqual([]);
    }
    await Promise.all([cookies.sync(), cookies.sync(), cookies.sync()]);
    await vi.waitFor(() => expect(readdirSync(own)).toEqual([]));
    cookies.close();
    rmSync(own, { recursive: true });
  });

  test('sync() resolves where no event ever comes', async () => {
    const cookies = createCookies(root, { fallbackMs: 1 });
    await cookies.sync();
    cookies.close();
  });

  test('sync() stops with the reason of the signal', async () => {
    const cookies = createCookies(root);
    const controller = new AbortController();
    const syncing = cookies.sync({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(syncing).rejects.toThrow('enough');
    cookies.close();
  });
});

test('the limit that was met is named, with what raises it', () => {
  expect(watchLimitProblem('ENOSPC', '')).toMatchObject({
    code: 'WATCH_LIMIT',
    cure: expect.stringContaining('fs.inotify.max_user_watches='),
  });
  expect(watchLimitProblem('EMFILE', '')).toMatchObject({
    code: 'WATCH_LIMIT',
    cure: expect.stringContaining('fs.inotify.max_user_instances='),
  });
  expect(watchLimitProblem('EIO', 'i/o error')).toMatchObject({
    code: 'WATCH_FAILED',
    cause: expect.stringContaining('i/o error'),
  });
});

test.each([
  [0x6969, 'nfs'],
  [0xff534d42, 'cifs'],
  [-11317950, 'cifs'],
  [0x65735546, 'fuse'],
  [0xef53, undefined],
  [0x9123683e, undefined],
  [0x794c7630, undefined],
])('a filesystem of type %i is %s', (magic, name) => {
  expect(nameByMagic(magic)).toBe(name);
});
