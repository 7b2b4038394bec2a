import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createApply } from '../apply/apply.ts';
import { probeRenames } from '../apply/exchange.ts';
import { CONFLICTS_FOLDER } from '../core/conflict.ts';
import { isLive, type Stat } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { hashBuffer } from '../scan/hash.ts';
import { lstatPath } from '../scan/lstat.ts';
import { captureScene } from './fixtures/capture-scene.ts';
import { createKeepBoth } from './keep-both.ts';

const FILE = 'file' as RelPath;

test.each([
  ['older', -60_000, 'truncated, then written', 170],
  ['newer', 60_000, 'truncated, then written', 170],
  ['older', -60_000, 'grown beyond what is read at once', 70 << 20],
])(
  'a displaced save, %s than what stands there (%d ms) and %s, is recorded as what it is',
  async (_, ms, __, sizeBytes) => {
    await using scene = captureScene();
    const { root, index, capture, again, at, save, onChange, problems } = scene;
    const apply = createApply({ root, renames: probeRenames(root) });
    const keepBoth = createKeepBoth({
      root,
      index,
      apply,
      capture,
      problems,
      author: 'here',
      onApplied: () => undefined,
      onChange,
      onFolder: () => undefined,
    });
    save('file', 'what came in');
    await capture.look(FILE);
    const now = index.get(FILE);
    if (now === undefined) throw new Error('not recorded');
    const displaced = apply.newStagePath();
    writeFileSync(displaced, '');
    const mtimeNs = now.mtimeNs + BigInt(ms) * 1_000_000n;
    const stat = { ...lstatPath(displaced), mtimeNs } as Stat;
    // The program goes on writing between the look at what was displaced and the reading of it.
    const content = Buffer.alloc(sizeBytes, 'x');
    writeFileSync(displaced, content);
    probeRenames(root).setMtime(displaced, mtimeNs);
    keepBoth.rescue(now, displaced, stat, undefined);
    for (let more = again.splice(0); more.length > 0; more = again.splice(0))
      for (const each of more) await capture.look(each);
    while (capture.hashing > 0) await new Promise((resolve) => setTimeout(resolve, 5));

    const found = [...index.below('.dsync' as RelPath), index.get(FILE)]
      .filter(isLive)
      .filter(({ kind }) => kind === 'file');
    expect(found).toHaveLength(2);
    const kept = found.find(({ hash }) => hash === hashBuffer(content));
    expect(kept?.sizeBytes).toBe(sizeBytes);
    expect(kept?.path === FILE).toBe(ms > 0);
    for (const { path, hash, sizeBytes: size } of found) {
      const there = readFileSync(at(path));
      expect([hashBuffer(there), there.length]).toEqual([hash, size]);
    }
    expect(found.filter(({ path }) => path.startsWith(CONFLICTS_FOLDER))).toHaveLength(1);
    await apply.close();
  },
);
