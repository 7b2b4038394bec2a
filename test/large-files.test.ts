import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testPair } from './harness/e2e.ts';
import { until } from './harness/eventually.ts';
import type { TestHost } from './harness/host.ts';
import type { Pair } from './harness/pair.ts';
import { createScratch } from './harness/scratch.ts';

const SIZE_BYTES = 8 << 20;
/** What differs, the sums of what is alike, and what two agents say to each other anyway. */
const LITTLE_BYTES = 150_000;

/** Bytes on the wire, both ways, until all is in sync. */
async function sentBy(pair: Pair, act: () => void | Promise<void>): Promise<number> {
  await pair.inSync();
  const before = pair.proxy.bytes();
  await act();
  await pair.inSync();
  const after = pair.proxy.bytes();
  return after.toTarget + after.fromTarget - before.toTarget - before.fromTarget;
}

function expectEqual(pair: Pair, name: string): void {
  expect(readFileSync(pair.a.path(name)).equals(readFileSync(pair.b.path(name)))).toBe(true);
}

/** Over it any rsync pays for a large file, as long as nothing large came over it: what it takes is not known then. */
const FAR = { rttMs: 10 };

/** A line that both agents know to be slow. */
async function slowDown(pair: Pair, bytesPerSecond: number): Promise<void> {
  await pair.inSync();
  pair.proxy.setQuality({ bytesPerSecond });
  for (const host of [pair.a, pair.b]) pair.place(host, `for ${host.name} to measure`, randomBytes(2 << 20));
  await pair.inSync();
}

const stageOf = (host: TestHost): string[] => readdirSync(host.path('.dsync/local/stage'));

test('a change in a large file costs the change, from either host, whatever the name', async () => {
  const name = '-n \'a\' "b" $(c)\n🙂: *';
  const path = `folder ${name}/${name}`;
  await using pair = await testPair({ ...FAR, files: { a: { [path]: randomBytes(SIZE_BYTES) } } });
  const changes: [string, (content: Buffer) => Buffer][] = [
    ['one byte', (content) => Buffer.concat([content.subarray(0, 3e6), Buffer.from('!'), content.subarray(3e6 + 1)])],
    ['something in front', (content) => Buffer.concat([Buffer.from('in front'), content])],
    ['something behind', (content) => Buffer.concat([content, randomBytes(1000)])],
    ['less', (content) => content.subarray(0, 5e6)],
  ];
  for (const [at, [what, change]] of changes.entries()) {
    const host = at % 2 === 0 ? pair.a : pair.b;
    const sent = await sentBy(pair, () => pair.place(host, path, change(readFileSync(host.path(path)))));
    expect([what, sent]).toSatisfy(() => sent < LITTLE_BYTES);
    expectEqual(pair, path);
  }
  await until('nothing is left in the stage', () => stageOf(pair.a).length + stageOf(pair.b).length === 0);
});

test('content that the other host has is not sent again', async () => {
  const files = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`src/${i}`, randomBytes(4000)]));
  await using pair = await testPair({ files: { a: { ...files, large: randomBytes(SIZE_BYTES) } } });
  const swap = (from: string, to: string): void => {
    for (const name of Object.keys(files)) {
      renameSync(pair.a.path(name), join(pair.folder, `${to}-${name.slice(4)}`));
      writeFileSync(pair.a.path(name), readFileSync(join(pair.folder, `${from}-${name.slice(4)}`)));
    }
  };
  for (const name of Object.keys(files)) writeFileSync(join(pair.folder, `other-${name.slice(4)}`), randomBytes(4000));
  const sent = {
    copy: await sentBy(pair, () => {
      cpSync(pair.a.path('src'), pair.a.path('copy'), { recursive: true });
      pair.place(pair.a, 'large copy', readFileSync(pair.a.path('large')));
    }),
    there: await sentBy(pair, () => swap('other', 'former')),
    back: await sentBy(pair, () => swap('former', 'other')),
  };
  expect(sent.there).toBeGreaterThan(200 * 4000);
  // Those that come first are taken for single saves, whose content goes along at once.
  expect(sent).toSatisfy(() => sent.copy < LITTLE_BYTES && sent.back < sent.there / 3);
  expectEqual(pair, 'large copy');
});

describe('where rsync does not work, the file comes whole', () => {
  test.each<[string, boolean, string]>([
    ['it is too old', false, '[ "$1" = --version ] && echo "rsync  version 3.0.9  protocol version 30"'],
    [
      'it fails when it is through',
      true,
      '[ "$1" = --version ] && exec "$RSYNC" "$@"; "$RSYNC" "$@"; echo "some files were not transferred" >&2; exit 23',
    ],
    ['it does something else', true, '[ "$1" = --version ] && exec "$RSYNC" "$@"; echo hello; cat >/dev/null; exit 0'],
  ])('%s', async (_, isTried, script) => {
    const scratch = createScratch('rsync');
    const real = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'rsync'));
    writeFileSync(
      join(scratch.path, 'rsync'),
      `#!/bin/sh\n[ "$1" = --version ] || touch "$0.ran"\nfor RSYNC in ${real.map((path) => `'${path}'`).join(' ')}; do [ -x "$RSYNC" ] && break; done\n${script}\n`,
    );
    chmodSync(join(scratch.path, 'rsync'), 0o755);
    try {
      await using pair = await testPair({
        ...FAR,
        firstOnPath: scratch.path,
        files: { a: { large: randomBytes(SIZE_BYTES) } },
      });
      const sent = await sentBy(pair, () => {
        // Nothing is at its place any more, so that the blocks' sums do not help.
        pair.place(pair.b, 'large', Buffer.concat([Buffer.from('in front'), readFileSync(pair.b.path('large'))]));
      });
      expect(sent).toBeGreaterThan(SIZE_BYTES);
      expect(existsSync(join(scratch.path, 'rsync.ran'))).toBe(isTried);
      expectEqual(pair, 'large');
      await until('nothing is left in the stage', () => stageOf(pair.a).length + stageOf(pair.b).length === 0);
    } finally {
      scratch[Symbol.dispose]();
    }
  });
});

describe('what is cut, and cut by a kill of the agent, goes on where it was', () => {
  // Large beside what is under way at any moment, which each cut loses.
  const sizeBytes = 16 << 20;
  test.each<[string, (former: Buffer) => Buffer, isByRsync: boolean]>([
    [
      'a run of rsync',
      (former) => Buffer.concat([Buffer.from('in front'), former, randomBytes(sizeBytes * 0.75)]),
      true,
    ],
    ['a file that comes whole, as rsync would find nothing', () => randomBytes(sizeBytes), false],
  ])('%s', async (_, change, isByRsync) => {
    await using pair = await testPair({ files: { a: { large: randomBytes(sizeBytes) } } });
    await slowDown(pair, 8_000_000);
    const before = pair.proxy.bytes().toTarget;
    const sent = (): number => pair.proxy.bytes().toTarget - before;
    const content = change(readFileSync(pair.a.path('large')));
    pair.place(pair.a, 'large', content);
    await until('a third is there', () => sent() > sizeBytes / 3);
    expect(stageOf(pair.b).some((name) => name.includes('-rsync'))).toBe(isByRsync);
    pair.proxy.cut();
    pair.proxy.restore();
    await until('two thirds are there', () => sent() > (sizeBytes * 2) / 3);
    await pair.b.kill();
    await pair.inSync();
    expect(readFileSync(pair.b.path('large')).equals(content)).toBe(true);
    // Twice cut: what was under way is lost, and no more.
    expect(sent()).toBeLessThan(sizeBytes * 1.5);
    await until('nothing is left in the stage', () => stageOf(pair.b).length === 0);
  });
});

test('a large file that is written to all the time arrives as it was at a moment, and catches up', async () => {
  await using pair = await testPair({ files: { a: { log: randomBytes(4 << 20) } } });
  await pair.inSync();
  const writer = setInterval(() => appendFileSync(pair.a.path('log'), randomBytes(500)), 1);
  try {
    await until('a later state is there', () => statSync(pair.b.path('log')).size > 4 << 20);
  } finally {
    clearInterval(writer);
  }
  const arrived = readFileSync(pair.b.path('log'));
  expect(readFileSync(pair.a.path('log')).subarray(0, arrived.length).equals(arrived)).toBe(true);
  await until('the last state is there', () => statSync(pair.b.path('log')).size === statSync(pair.a.path('log')).size);
  await pair.inSync();
});

test('text is made smaller for a slow line', async () => {
  await using pair = await testPair();
  await pair.inSync();
  pair.proxy.setQuality({ bytesPerSecond: 3_000_000 });
  const text = Array.from({ length: 400_000 }, (_, i) => `${i}: a line of a log\n`).join('');
  const sent = await sentBy(pair, () => pair.place(pair.a, 'text', text));
  // What goes before the line is known to be slow goes as it is.
  expect(sent).toBeLessThan(text.length * 0.6);
});

test('a large file that is deleted and made again comes from the trash', async () => {
  await using pair = await testPair({ files: { a: { 'd/large': randomBytes(SIZE_BYTES) } } });
  const kept = readFileSync(pair.a.path('d/large'));
  await sentBy(pair, () => rmSync(pair.a.path('d'), { recursive: true }));
  const sent = await sentBy(pair, () => {
    mkdirSync(pair.a.path('e'));
    pair.place(pair.a, 'e/again', kept);
  });
  expect(sent).toBeLessThan(LITTLE_BYTES);
  expectEqual(pair, 'e/again');
});
