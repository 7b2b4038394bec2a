import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countLeaves,
  evenLayout,
  formatLayout,
  type Layout,
  layoutChecksum,
  parseLayout,
  scaleLayout,
} from './layout.ts';
import { formatOrigin, originOf } from './origin.ts';

/** As tmux 3.3a wrote them. */
const REAL = [
  'b25d,80x24,0,0,0',
  '97e4,160x45,0,0{80x45,0,0,0,79x45,81,0[79x22,81,0,1,79x22,81,23,2]}',
  'cd00,120x39,0,0,3',
];

/** Splits nested up to four deep, every part with room for its panes. */
const layouts: fc.Arbitrary<Layout> = fc
  .letrec<{ shape: Shape }>((tie) => ({
    shape: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constant<Shape>('leaf'),
      fc.record({
        kind: fc.constantFrom('row' as const, 'column' as const),
        parts: fc.array(tie('shape'), { minLength: 2, maxLength: 4 }),
      }),
    ),
  }))
  .shape.chain((shape) =>
    fc
      .record({ cols: fc.integer({ min: 1, max: 400 }), rows: fc.integer({ min: 1, max: 120 }) })
      .map((size) => scaleLayout(least(shape), size)),
  );
type Shape = 'leaf' | { readonly kind: 'row' | 'column'; readonly parts: readonly Shape[] };

/** Each pane one cell, across as wide as its widest neighbour. */
function least(shape: Shape): Layout {
  if (shape === 'leaf') return { kind: 'leaf', cols: 1, rows: 1 };
  const parts = shape.parts.map(least);
  const sum = (of: (part: Layout) => number): number =>
    parts.reduce((total, part) => total + of(part), parts.length - 1);
  const most = (of: (part: Layout) => number): number => Math.max(...parts.map(of));
  const size =
    shape.kind === 'row'
      ? { cols: sum(({ cols }) => cols), rows: most(({ rows }) => rows) }
      : { cols: most(({ cols }) => cols), rows: sum(({ rows }) => rows) };
  return scaleLayout({ kind: shape.kind, ...size, parts }, size);
}

describe('layouts', () => {
  test.each(REAL)('%s is read, and written alike but for the numbers of panes', (text) => {
    const layout = parseLayout(text);
    expect(layout).toBeDefined();
    if (layout !== undefined) expect(parseLayout(formatLayout(layout))).toEqual(layout);
    expect(layoutChecksum(text.slice(5))).toBe(text.slice(0, 4));
  });

  test.each([
    ['', 'nothing'],
    ['0000,80x24,0,0,0', 'a wrong checksum'],
    [sealed('80x24,0,0{40x24,0,0,0,40x24,41,0,1}'), 'parts that are wider than the whole'],
    [sealed('80x24,0,0{40x24,0,0,0,39x20,41,0,1}'), 'a part that is too low'],
    [sealed('80x24,0,0{80x24,0,0,0'), 'an end that is missing'],
    [sealed('0x0,0,0,0'), 'no size'],
    [sealed('80x24,0,0,0rest'), 'something behind'],
    [sealed(`${'9x9,0,0{'.repeat(5_000)}1x1,0,0,0`), 'nesting without end'],
  ])('%s is refused: %s', (text) => {
    expect(parseLayout(text)).toBeUndefined();
  });

  test('whatever is written is read back', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        expect(parseLayout(formatLayout(layout))).toEqual(layout);
      }),
    );
  });

  test('scaled, all panes are there, none is empty, parts fill what they split, and the size is the one asked for or the least', () => {
    const size = fc.record({ cols: fc.integer({ min: 1, max: 500 }), rows: fc.integer({ min: 1, max: 200 }) });
    fc.assert(
      fc.property(layouts, size, (layout, wanted) => {
        const scaled = scaleLayout(layout, wanted);
        expect(countLeaves(scaled)).toBe(countLeaves(layout));
        // What is read back was checked: parts fill what they split, and none is empty.
        expect(parseLayout(formatLayout(scaled))).toEqual(scaled);
        expect(scaled.cols).toBeGreaterThanOrEqual(wanted.cols);
        expect(scaled.rows).toBeGreaterThanOrEqual(wanted.rows);
        const tiny = scaleLayout(layout, { cols: 1, rows: 1 });
        expect(scaled.cols).toBe(Math.max(wanted.cols, tiny.cols));
        expect(scaled.rows).toBe(Math.max(wanted.rows, tiny.rows));
      }),
    );
  });

  test('to its own size nothing changes', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        expect(scaleLayout(layout, layout)).toEqual(layout);
      }),
    );
  });

  test('each part keeps its share, to a cell', () => {
    const layout = parseLayout(sealed('200x50,0,0{60x50,0,0,0,139x50,61,0,1}'));
    if (layout === undefined) throw new Error('not read');
    expect(formatLayout(scaleLayout(layout, { cols: 120, rows: 29 }))).toContain('{36x29,0,0,0,83x29,37,0,1}');
  });

  test('panes whose layout is lost lie one above the other', () => {
    expect(countLeaves(evenLayout(7, { cols: 80, rows: 24 }))).toBe(7);
    expect(evenLayout(1, { cols: 80, rows: 24 })).toEqual({ kind: 'leaf', cols: 80, rows: 24 });
  });
});

describe('the layout that a person made', () => {
  const now = (layout: string, cols: number, rows: number) => ({ layout, cols, rows, host: 'B' });
  const origin = { layout: REAL[1] ?? '', cols: 160, rows: 45, host: 'A' };
  const smaller = scaleLayout(parseLayout(origin.layout) ?? { kind: 'leaf', cols: 1, rows: 1 }, { cols: 80, rows: 23 });

  test('is the one from before it was scaled', () => {
    const found = originOf(formatOrigin(origin), now(formatLayout(smaller), 80, 23));
    expect(found).toMatchObject({ cols: 160, rows: 45, host: 'A' });
    expect(parseLayout(found.layout)).toEqual(parseLayout(origin.layout));
  });

  test('is the new one where somebody laid the window out anew', () => {
    const own = now(formatLayout(evenLayout(3, { cols: 80, rows: 23 })), 80, 23);
    expect(originOf(formatOrigin(origin), own)).toEqual(own);
    expect(originOf('', own)).toEqual(own);
    expect(originOf('160 45 A broken', own)).toEqual(own);
  });
});

function sealed(body: string): string {
  return `${layoutChecksum(body)},${body}`;
}
