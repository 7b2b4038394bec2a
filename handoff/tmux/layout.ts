/**
 * Layouts of tmux windows: read, checked, scaled and written. Pure.
 *
 * tmux shrinks a window unevenly and cannot grow it back to what it was; scaled here, each part keeps its share.
 *
 * Source: tmux 3.3a, layout-custom.c: `CCCC,WxH,X,Y` and then `,PANE` for a leaf, `{…}` for parts side by side, `[…]` for
 * parts one above the other; parts are one cell apart.
 *
 * @module
 */

export interface Leaf {
  readonly kind: 'leaf';
  readonly cols: number;
  readonly rows: number;
}

export interface Split {
  /** `row`: side by side; `column`: one above the other. */
  readonly kind: 'row' | 'column';
  readonly cols: number;
  readonly rows: number;
  readonly parts: readonly Layout[];
}

export type Layout = Leaf | Split;

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

/** Undefined for what is no layout: a wrong checksum, parts that do not fill what they split. */
export function parseLayout(text: string): Layout | undefined {
  const [, sum, body] = /^([0-9a-f]{4}),(.+)$/s.exec(text) ?? [];
  if (sum === undefined || body === undefined || layoutChecksum(body) !== sum) return undefined;
  const cursor = { text: body, at: 0 };
  const layout = parseCell(cursor, 0);
  return layout !== undefined && cursor.at === body.length && isFilled(layout) ? layout : undefined;
}

/** With panes numbered as they come: tmux gives them out in that order, whatever the numbers. */
export function formatLayout(layout: Layout): string {
  let panes = 0;
  const write = (cell: Layout, x: number, y: number): string => {
    const head = `${cell.cols}x${cell.rows},${x},${y}`;
    if (cell.kind === 'leaf') return `${head},${panes++}`;
    let offset = 0;
    const parts = cell.parts.map((part) => {
      const written = cell.kind === 'row' ? write(part, x + offset, y) : write(part, x, y + offset);
      offset += along(part, cell.kind) + 1;
      return written;
    });
    return cell.kind === 'row' ? `${head}{${parts.join(',')}}` : `${head}[${parts.join(',')}]`;
  };
  const body = write(layout, 0, 0);
  return `${layoutChecksum(body)},${body}`;
}

export function countLeaves(layout: Layout): number {
  return layout.kind === 'leaf' ? 1 : layout.parts.reduce((sum, part) => sum + countLeaves(part), 0);
}

/**
 * The same layout in another size, each part with its share; of what is too small for all of its panes, the least that
 * holds them.
 */
export function scaleLayout(layout: Layout, size: Size): Layout {
  return resized(layout, {
    cols: Math.max(size.cols, minimum(layout, 'row')),
    rows: Math.max(size.rows, minimum(layout, 'column')),
  });
}

/** One above the other, as many as there are: for a window whose layout is lost. */
export function evenLayout(panes: number, size: Size): Layout {
  const leaf: Leaf = { kind: 'leaf', cols: 1, rows: 1 };
  if (panes === 1) return { ...leaf, ...size };
  const parts = Array.from({ length: panes }, () => leaf);
  return scaleLayout({ kind: 'column', cols: 1, rows: 2 * panes - 1, parts }, size);
}

/** Source: tmux, layout-custom.c, layout_checksum: each time the sum is rotated right by one bit of sixteen. */
export function layoutChecksum(body: string): string {
  let sum = 0;
  for (let i = 0; i < body.length; i++) {
    sum = ((sum >> 1) + ((sum & 1) << 15) + body.charCodeAt(i)) & 0xffff;
  }
  return sum.toString(16).padStart(4, '0');
}

type Direction = Split['kind'];

function along({ cols, rows }: Size, direction: Direction): number {
  return direction === 'row' ? cols : rows;
}

/** Deeper than any terminal could show: a text that nests on and on must not exhaust the stack. */
const DEEPEST = 200;

function parseCell(cursor: { readonly text: string; at: number }, depth: number): Layout | undefined {
  const head = /^(\d{1,5})x(\d{1,5}),\d{1,5},\d{1,5}/.exec(cursor.text.slice(cursor.at, cursor.at + 24));
  if (head === null || depth > DEEPEST) return undefined;
  cursor.at += head[0].length;
  const [cols, rows] = [Number(head[1]), Number(head[2])];
  if (cols < 1 || rows < 1) return undefined;
  const open = cursor.text[cursor.at];
  if (open !== '{' && open !== '[') {
    const pane = /^,\d+(?!\d*x)/.exec(cursor.text.slice(cursor.at, cursor.at + 12));
    if (pane !== null) cursor.at += pane[0].length;
    return { kind: 'leaf', cols, rows };
  }
  const close = open === '{' ? '}' : ']';
  const parts: Layout[] = [];
  do {
    cursor.at++;
    const part = parseCell(cursor, depth + 1);
    if (part === undefined) return undefined;
    parts.push(part);
  } while (cursor.text[cursor.at] === ',');
  if (cursor.text[cursor.at] !== close) return undefined;
  cursor.at++;
  return { kind: open === '{' ? 'row' : 'column', cols, rows, parts };
}

/** Parts take all of what they split, and as much across. */
function isFilled(layout: Layout): boolean {
  if (layout.kind === 'leaf') return true;
  const { kind, parts } = layout;
  const across: Direction = kind === 'row' ? 'column' : 'row';
  const taken = parts.reduce((sum, part) => sum + along(part, kind), parts.length - 1);
  return (
    taken === along(layout, kind) &&
    parts.every((part) => along(part, across) === along(layout, across) && isFilled(part))
  );
}

/** The least size in one direction in which each pane has a cell. */
function minimum(layout: Layout, direction: Direction): number {
  if (layout.kind === 'leaf') return 1;
  const each = layout.parts.map((part) => minimum(part, direction));
  return layout.kind === direction ? each.reduce((sum, one) => sum + one, each.length - 1) : Math.max(...each);
}

function resized(layout: Layout, { cols, rows }: Size): Layout {
  if (layout.kind === 'leaf') return { kind: 'leaf', cols, rows };
  const { kind, parts } = layout;
  const total = (kind === 'row' ? cols : rows) - (parts.length - 1);
  const shares = divide(
    parts.map((part) => along(part, kind)),
    parts.map((part) => minimum(part, kind)),
    total,
  );
  return {
    kind,
    cols,
    rows,
    parts: parts.map((part, i) =>
      resized(part, kind === 'row' ? { cols: shares[i] ?? 1, rows } : { cols, rows: shares[i] ?? 1 }),
    ),
  };
}

/** By largest remainder, none below its minimum; what that takes comes from those with the most to spare. */
function divide(sizes: readonly number[], minima: readonly number[], total: number): number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const exact = sizes.map((size) => (size * total) / all);
  const shares = exact.map((share, i) => Math.max(Math.floor(share), minima[i] ?? 1));
  let rest = total - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = exact
    .map((share, i) => ({ i, left: share - Math.floor(share) }))
    .sort((a, b) => b.left - a.left || a.i - b.i);
  for (let n = 0; rest > 0; n = (n + 1) % byRemainder.length) {
    const { i } = byRemainder[n] ?? { i: 0 };
    shares[i] = (shares[i] ?? 0) + 1;
    rest--;
  }
  for (; rest < 0; rest++) {
    const spare = shares.map((share, i) => share - (minima[i] ?? 1));
    const most = spare.indexOf(Math.max(...spare));
    shares[most] = (shares[most] ?? 1) - 1;
  }
  return shares;
}
