/**
 * The layout that a person made, kept with a window whose layout was scaled, so that the way back finds it. Pure.
 *
 * @module
 */
import { formatLayout, type Layout, parseLayout, scaleLayout } from './layout.ts';

export interface Origin {
  readonly layout: string;
  readonly cols: number;
  readonly rows: number;
  readonly host: string;
}

/** As it stands in the window option @dsync_origin. */
export function formatOrigin({ layout, cols, rows, host }: Origin): string {
  return `${cols} ${rows} ${host} ${layout}`;
}

/** @returns what was kept, unless somebody has laid the window out anew since */
export function originOf(kept: string, now: Origin): Origin {
  const [, cols, rows, host = '', layout = ''] = /^(\d+) (\d+) (\S+) (\S+)$/.exec(kept) ?? [];
  const [then, own] = [parseLayout(layout), parseLayout(now.layout)];
  if (then === undefined || own === undefined) return now;
  const isSame = isAlike(scaleLayout(then, { cols: now.cols, rows: now.rows }), own);
  return isSame ? { layout: formatLayout(then), cols: Number(cols), rows: Number(rows), host } : now;
}

/** tmux shrinks unevenly when a smaller terminal attaches: that is nobody's wish. */
const OFF_CELLS = 4;
const OFF_PART = 0.2;

function isAlike(a: Layout, b: Layout): boolean {
  const isNear = (x: number, y: number): boolean => Math.abs(x - y) <= Math.max(OFF_CELLS, OFF_PART * Math.max(x, y));
  if (a.kind === 'leaf' || b.kind === 'leaf')
    return a.kind === b.kind && isNear(a.cols, b.cols) && isNear(a.rows, b.rows);
  return (
    a.kind === b.kind &&
    a.parts.length === b.parts.length &&
    a.parts.every((part, i) => isAlike(part, b.parts[i] ?? part))
  );
}
