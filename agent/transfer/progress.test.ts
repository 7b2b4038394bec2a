import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createProgress, ROUND_GAP_MS } from './progress.ts';

const MIB = 1 << 20;

describe('progress', () => {
  test('says nothing while there is nothing to do', () => {
    const progress = createProgress();
    expect(progress.snapshot(0)).toBeUndefined();
    progress.announced({ files: 1, bytes: 5 }, 10);
    expect(progress.snapshot(10)).toMatchObject({ files: 1, filesDone: 0, bytes: 5, bytesDone: 0, bytesPerSecond: 0 });
    progress.done({ files: 1, bytes: 5 }, 20);
    expect(progress.snapshot(20)).toBeUndefined();
  });

  test('counts what was announced and what lies ahead', () => {
    const progress = createProgress();
    progress.ahead({ files: 90, bytes: 900 }, 0);
    progress.announced({ files: 10, bytes: 100 }, 0);
    progress.done({ files: 4, bytes: 40 }, 1);
    expect(progress.snapshot(1)).toMatchObject({ files: 100, filesDone: 4, bytes: 1000, bytesDone: 40 });
    progress.ahead({ files: 5, bytes: 50 }, 2);
    expect(progress.snapshot(2)).toMatchObject({ files: 15, filesDone: 4, bytes: 150, bytesDone: 40 });
  });

  test('speed is that of the last seconds, and time left follows from it', () => {
    const progress = createProgress();
    progress.announced({ files: 100, bytes: 100 * MIB }, 0);
    for (let second = 1; second <= 20; second++) {
      const files = second <= 10 ? 1 : 4;
      progress.done({ files, bytes: files * MIB }, second * 1000);
    }
    const { bytesPerSecond, leftMs } = progress.snapshot(20_000) ?? {};
    expect(bytesPerSecond).toBe(4 * MIB);
    expect(leftMs).toBe(12_500);
  });

  test('many small files take as long as their number says', () => {
    const progress = createProgress();
    progress.announced({ files: 100, bytes: 101 }, 0);
    progress.done({ files: 10, bytes: 100 }, 1000);
    expect(progress.snapshot(1000)?.leftMs).toBe(9000);
  });

  test('a stall is no speed, and no time left', () => {
    const progress = createProgress();
    progress.announced({ files: 2, bytes: 200 }, 0);
    progress.done({ files: 1, bytes: 100 }, 1000);
    expect(progress.snapshot(1000)).toMatchObject({ bytesPerSecond: 100, leftMs: 1000 });
    progress.snapshot(2000);
    expect(progress.snapshot(60_000)).toMatchObject({ bytesPerSecond: 0, leftMs: undefined });
  });

  test('a large file counts part by part; what was there before it went on was not quick', () => {
    const progress = createProgress();
    progress.announced({ files: 1, bytes: 100 * MIB }, 0);
    progress.part({ path: 'big', bytes: 100 * MIB, bytesDone: 70 * MIB }, 1000);
    progress.part({ path: 'big', bytes: 100 * MIB, bytesDone: 80 * MIB }, 2000);
    const snapshot = progress.snapshot(2000);
    expect(snapshot).toMatchObject({ bytes: 100 * MIB, bytesDone: 80 * MIB, bytesPerSecond: 5 * MIB, leftMs: 4000 });
    expect(snapshot?.inFlight).toEqual([{ path: 'big', bytes: 100 * MIB, bytesDone: 80 * MIB }]);
    progress.partOver('big');
    progress.done({ files: 1, bytes: 100 * MIB }, 2100);
    expect(progress.snapshot(2100)).toBeUndefined();
  });

  test('work that comes soon after belongs to the same round, later work to a new one', () => {
    const progress = createProgress();
    const one = { files: 1, bytes: 1 };
    progress.announced(one, 0);
    progress.done(one, 10);
    progress.announced(one, 10 + ROUND_GAP_MS);
    expect(progress.snapshot(10 + ROUND_GAP_MS)).toMatchObject({ files: 2, filesDone: 1 });
    progress.done(one, 2000);
    progress.announced(one, 2001 + ROUND_GAP_MS);
    expect(progress.snapshot(2001 + ROUND_GAP_MS)).toMatchObject({ files: 1, filesDone: 0 });
  });

  test('a link that begins anew keeps what was done', () => {
    const progress = createProgress();
    progress.announced({ files: 4, bytes: 40 }, 0);
    progress.part({ path: 'f', bytes: 10, bytesDone: 5 }, 1);
    progress.done({ files: 1, bytes: 10 }, 2);
    progress.restart(3);
    expect(progress.snapshot(3)).toBeUndefined();
    progress.announced({ files: 3, bytes: 30 }, 4);
    expect(progress.snapshot(4)).toMatchObject({ files: 4, filesDone: 1, bytes: 40, bytesDone: 10, inFlight: [] });
  });

  test('whatever happens: done never exceeds all, and no number is senseless', () => {
    const amount = fc.record({ files: fc.nat(50), bytes: fc.nat(1e9) });
    const act = fc.oneof(
      fc.record({ kind: fc.constantFrom('announced', 'ahead', 'done', 'carried'), amount }),
      fc.record({
        kind: fc.constantFrom('part'),
        file: fc
          .record({
            path: fc.constantFrom('a', 'b', 'c'),
            bytes: fc.nat(1e9),
            share: fc.double({ min: 0, max: 1, noNaN: true }),
          })
          .map(({ path, bytes, share }) => ({ path, bytes, bytesDone: Math.floor(bytes * share) })),
      }),
      fc.record({ kind: fc.constant('partOver'), path: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ kind: fc.constantFrom('restart', 'snapshot') }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3000), act), { maxLength: 60 }), (acts) => {
        const progress = createProgress();
        let nowMs = 0;
        for (const [laterMs, each] of acts) {
          nowMs += laterMs;
          if ('amount' in each) progress[each.kind as 'announced'](each.amount, nowMs);
          else if ('file' in each) progress.part(each.file, nowMs);
          else if ('path' in each) progress.partOver(each.path);
          else progress[each.kind as 'restart'](nowMs);
          const snapshot = progress.snapshot(nowMs);
          if (snapshot === undefined) continue;
          expect(snapshot.filesDone).toBeLessThanOrEqual(snapshot.files);
          expect(snapshot.bytesDone).toBeLessThanOrEqual(snapshot.bytes);
          for (const value of [snapshot.bytesPerSecond, snapshot.leftMs ?? 0, snapshot.filesDone, snapshot.bytesDone]) {
            expect(Number.isFinite(value) && value >= 0).toBe(true);
          }
        }
      }),
    );
  });

  test('all that was announced and done leaves nothing, in any order and any number of steps', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(1000)), { minLength: 1 }), (files) => {
        const progress = createProgress();
        const amounts = files.map(([count, bytes]) => ({ files: count + 1, bytes }));
        for (const each of amounts) progress.announced(each, 0);
        for (const each of amounts.toReversed()) {
          expect(progress.snapshot(1)).toBeDefined();
          progress.done(each, 1);
        }
        expect(progress.snapshot(1)).toBeUndefined();
      }),
    );
  });
});
