/**
 * What a side has too much: there, not on the side that wins, and not left alone by the rules. Pure.
 *
 * @module
 */
import { parentOf, type RelPath } from '../../core/rel-path.ts';

/**
 * Names to delete such that nothing else goes: a folder as a whole only if all of what is in it goes.
 *
 * @param theirs all that is there, also what the rules leave alone
 * @param isExtra whether a path is to go
 * @returns no path below another
 */
export function deletions(
  theirs: Iterable<readonly [RelPath, { readonly kind: string }]>,
  isExtra: (path: RelPath, isFolder: boolean) => boolean,
): RelPath[] {
  const extra = new Map<RelPath, boolean>();
  const keeping = new Set<RelPath>();
  for (const [path, { kind }] of theirs) {
    const isFolder = kind === 'folder';
    if (isExtra(path, isFolder)) extra.set(path, isFolder);
    else
      for (let above = parentOf(path); above !== undefined && !keeping.has(above); above = parentOf(above))
        keeping.add(above);
  }
  const whole = (path: RelPath): boolean => extra.has(path) && !keeping.has(path);
  const names: RelPath[] = [];
  for (const path of extra.keys()) {
    const above = parentOf(path);
    if (whole(path) && (above === undefined || !whole(above))) names.push(path);
  }
  return names;
}
