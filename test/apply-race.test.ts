import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApply } from '../agent/apply/apply.ts';
import { lstatOf } from '../agent/apply/disk-stat.ts';
import { probeRenames } from '../agent/apply/exchange.ts';
import { bundleProgram, exited, startProgram, tempFolder } from '../agent/apply/fixtures/child.ts';
import { readLeft } from '../agent/apply/intents.ts';
import { stageFolder } from '../agent/apply/local-folder.ts';
import { recoverStage } from '../agent/apply/recover.ts';
import type { RelPath } from '../agent/core/rel-path.ts';
import { type AbsPath, childPath } from '../platform/abs-path.ts';

const APPLIES = 2_000;
const KILLS = 15;

let editor = '';
let applier = '';

beforeAll(() => {
  editor = bundleProgram('editor');
  applier = bundleProgram('applier');
});
afterAll(() => {
  rmSync(editor, { force: true });
  rmSync(applier, { force: true });
});

describe.each(['exchange', 'link'] as const)('%s', (method) => {
  test.each(['rename', 'append'])(
    'not one save is lost to an editor that saves by %s',
    { timeout: 120_000 },
    async (how) => {
      using folder = tempFolder();
      const { root, log, stop } = scene(folder.path);
      const path = 'folder/file' as RelPath;
      const at = childPath(root, path);
      const renames = probeRenames(stageFolder(root), method === 'link' ? { method } : {});
      const apply = createApply({ root, renames, recheckMs: [] });
      const child = await startProgram(editor, [how, at, log, stop]);

      const counts = { done: 0, changed: 0, raced: 0 };
      const wrong: string[] = [];
      for (let n = 0; n < APPLIES; n++) {
        apply.beginSlice();
        const expected = lstatOf(at);
        const before = how === 'rename' ? readIfThere(at) : undefined;
        const stable = JSON.stringify(lstatOf(at), bigints) === JSON.stringify(expected, bigints);
        const outcome = apply.putFile(
          path,
          Buffer.from(`incoming ${n}\n`),
          { mode: 0o644, mtimeNs: BigInt(n) * 1_000_001n },
          expected,
        );
        if (outcome.kind === 'done' || outcome.kind === 'changed' || outcome.kind === 'raced') counts[outcome.kind]++;
        else wrong.push(JSON.stringify(outcome, bigints));
        if (outcome.kind === 'done' && outcome.trashed !== undefined && stable && before !== undefined) {
          const trashed = readFileSync(outcome.trashed, 'utf8');
          if (trashed !== before) wrong.push(`trashed ${trashed} in place of ${before}`);
        }
      }
      writeFileSync(stop, '');
      await exited(child);
      await apply.close();

      expect(wrong).toEqual([]);
      expect(missingTokens(root, log)).toEqual([]);
      expect(counts.done).toBeGreaterThan(0);
      expect(counts.changed + counts.raced).toBeGreaterThan(0);
      if (process.env.DSYNC_TEST_VERBOSE) console.info(method, how, counts);
    },
  );

  test('kill -9 at any moment loses no save, and the path is never left empty', { timeout: 120_000 }, async () => {
    const seen = { rescued: 0, restored: 0, trashed: 0, unknown: 0, unfinished: 0 };
    for (let kill = 0; kill < KILLS; kill++) {
      using folder = tempFolder();
      const { root, log, stop } = scene(folder.path);
      const intentLog = childPath(folder.path, 'intents');
      const at = childPath(root, 'folder/file');
      writeFileSync(at, 'first');
      const [saving, applying] = await Promise.all([
        startProgram(editor, ['rename', at, log, stop]),
        startProgram(applier, [root, intentLog, method]),
      ]);
      // A different moment each time, counted in work done.
      while (trashedCount(root) < 2 + kill) await new Promise((resolve) => setImmediate(resolve));
      applying.kill('SIGKILL');
      await exited(applying);
      writeFileSync(stop, '');
      await exited(saving);

      const renames = probeRenames(stageFolder(root), method === 'link' ? { method } : {});
      const recovery = recoverStage({ root, intents: readLeft(intentLog), renames });
      for (const key of ['rescued', 'restored', 'trashed', 'unknown'] as const) seen[key] += recovery[key].length;
      seen.unfinished += recovery.unfinished;
      expect(missingTokens(root, log)).toEqual([]);
      expect(existsSync(at)).toBe(true);
      const rescued = recovery.rescued.map((save) => save.at);
      expect(
        readdirSync(stageFolder(root))
          .map((name) => childPath(stageFolder(root), name))
          .sort(),
      ).toEqual(rescued.sort());
      expect(recovery.unknown.filter((stored) => /token/.test(readFileSync(stored, 'utf8')))).toEqual([]);
    }
    if (process.env.DSYNC_TEST_VERBOSE) console.info(method, seen);
  });
});

function scene(folder: AbsPath) {
  const root = childPath(folder, 'root');
  mkdirSync(childPath(root, 'folder'), { recursive: true });
  return { root, log: childPath(folder, 'log'), stop: childPath(folder, 'stop') };
}

/** Saves that are nowhere and that the editor did not replace itself. */
function missingTokens(root: AbsPath, log: AbsPath): number[] {
  const found = new Set<number>();
  for (const text of textsBelow(root)) for (const [, n] of text.matchAll(/^token (\d+)$/gm)) found.add(Number(n));
  const saved: number[] = [];
  for (const [, what, n] of readFileSync(log, 'utf8').matchAll(/^(saved|seen) (\d+)$/gm)) {
    if (what === 'seen') found.add(Number(n));
    else saved.push(Number(n));
  }
  expect(saved.length).toBeGreaterThan(0);
  return saved.filter((n) => !found.has(n));
}

function* textsBelow(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (lstatSync(path).isDirectory()) yield* textsBelow(path);
    else yield readFileSync(path, 'utf8');
  }
}

function trashedCount(root: AbsPath): number {
  try {
    return readdirSync(childPath(root, '.dsync/local/trash')).length;
  } catch {
    return 0;
  }
}

function readIfThere(path: AbsPath): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
