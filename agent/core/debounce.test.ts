import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDebounce } from './debounce.ts';
import type { RelPath } from './rel-path.ts';

const path = (text: string) => text as RelPath;
const A = path('src/a.ts');
const B = path('src/b.ts');

describe('createDebounce()', () => {
  test('hands out a lone save at once, and once', () => {
    const debounce = createDebounce();
    debounce.event(A, 1_000);
    debounce.event(A, 1_000.2);
    expect(debounce.nextAt()).toBeLessThanOrEqual(1_000);
    expect(debounce.due(1_000)).toEqual([A]);
    expect(debounce.due(2_000)).toEqual([]);
    debounce.settled(A, 1_001);
    expect([debounce.due(2_000), debounce.nextAt(), debounce.size]).toEqual([[], undefined, 0]);
  });

  test('makes a path that keeps changing wait 5, 10, 20 … ms, and never longer than 100', () => {
    const debounce = createDebounce();
    const waits: number[] = [];
    let now = 0;
    for (let i = 0; i < 8; i++) {
      debounce.event(A, now);
      const at = Math.max(now, debounce.nextAt() ?? Number.NaN);
      waits.push(at - now);
      expect(debounce.due(at)).toEqual([A]);
      debounce.settled(A, at);
      now = at + 1;
    }
    expect(waits).toEqual([0, 5, 10, 20, 40, 80, 100, 100]);
  });

  test('a path that was quiet is due at once again', () => {
    const debounce = createDebounce();
    for (const now of [0, 500, 1_000]) {
      debounce.event(A, now);
      expect(debounce.due(now)).toEqual([A]);
      debounce.settled(A, now);
    }
  });

  test('events that never pause cannot hold a path back for more than 100 ms', () => {
    const debounce = createDebounce();
    debounce.event(A, 0);
    debounce.due(0);
    debounce.settled(A, 0);
    const handedOut: number[] = [];
    for (let now = 1; now < 1_000; now++) {
      debounce.event(A, now);
      if (debounce.due(now).length > 0) {
        handedOut.push(now);
        debounce.settled(A, now);
      }
    }
    const gaps = handedOut.map((at, i) => at - (handedOut[i - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(102);
    expect(handedOut.length).toBeGreaterThan(8);
  });

  test('a path that is out is not handed out again before it is settled, and no event of it is lost', () => {
    const debounce = createDebounce();
    debounce.event(A, 0);
    expect(debounce.due(0)).toEqual([A]);
    debounce.event(A, 3);
    expect(debounce.due(500)).toEqual([]);
    expect(debounce.nextAt()).toBeUndefined();
    debounce.settled(A, 500);
    expect(debounce.due(500)).toEqual([A]);
  });

  test('one save in a quiet folder overtakes 20,000 in others', () => {
    const debounce = createDebounce();
    for (let i = 0; i < 20_000; i++) debounce.event(path(`busy${i % 50}/${i}`), 0);
    debounce.due(0, { limit: 500 });
    debounce.event(path('quiet/save.ts'), 1);
    expect(debounce.due(1, { limit: 4 })).toContain('quiet/save.ts');
  });

  test('one save overtakes a flood over thousands of folders of one path each', () => {
    const debounce = createDebounce();
    for (let i = 0; i < 8_000; i++) debounce.event(path(`f${i}/x`), 0);
    debounce.event(path('quiet/save.ts'), 1);
    expect(debounce.due(1, { limit: 4 })).toContain('quiet/save.ts');
  });

  test('a busy folder gets its turn while others keep saving', () => {
    const debounce = createDebounce();
    for (let i = 0; i < 100; i++) debounce.event(path(`busy/${i}`), 0);
    let turns = 0;
    for (let i = 0; i < 200; i++) {
      debounce.event(path(`quiet${i}/a`), i);
      debounce.event(path(`quiet${i}/b`), i);
      for (const one of debounce.due(i, { limit: 2 })) if (one.startsWith('busy/')) turns++;
    }
    expect(turns).toBeGreaterThan(20);
  });

  test('every path that had an event is handed out after it, whatever happens between', () => {
    const step = fc.tuple(
      fc.nat(11),
      fc.nat(40),
      fc.constantFrom('event', 'event', 'due', 'settle'),
      fc.integer({ min: 1, max: 5 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const debounce = createDebounce();
        const unseen = new Set<RelPath>();
        const out = new Set<RelPath>();
        let now = 0;
        const take = (paths: readonly RelPath[]) => {
          for (const one of paths) {
            expect(out.has(one)).toBe(false);
            out.add(one);
            unseen.delete(one);
          }
        };
        for (const [which, later, kind, limit] of steps) {
          now += later;
          const one = path(`${which % 3}/${which}`);
          if (kind === 'event') {
            debounce.event(one, now);
            unseen.add(one);
          } else if (kind === 'due') {
            take(debounce.due(now, { limit }));
          } else if (out.delete(one)) {
            debounce.settled(one, now);
          }
        }
        for (const one of out) debounce.settled(one, now);
        out.clear();
        take(debounce.due(now + 101));
        expect([...unseen]).toEqual([]);
        for (const one of out) debounce.settled(one, now + 101);
        expect([debounce.size, debounce.nextAt()]).toEqual([0, undefined]);
      }),
    );
  });

  test('nextAt() is when something is due, and not long before', () => {
    const debounce = createDebounce();
    debounce.event(A, 0);
    debounce.due(0);
    debounce.settled(A, 0);
    debounce.event(A, 10);
    const at = debounce.nextAt() ?? Number.NaN;
    expect(debounce.due(at - 1)).toEqual([]);
    debounce.event(B, at - 1);
    expect(debounce.nextAt()).toBeLessThanOrEqual(at - 1);
    expect(debounce.due(at - 1)).toEqual([B]);
    expect(debounce.due(at)).toEqual([A]);
  });
});
