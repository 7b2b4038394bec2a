/**
 * Tells cheaply, from names alone, that no rule can match a path.
 *
 * @module
 */
import { trimSpaces } from './ignore-files.ts';

export interface IgnorePrefilter {
  /** False: no pattern matches a path of this name, unless it lies in an {@link IgnorePrefilter.opens | open} folder. */
  mayMatch(name: string): boolean;
  /** True: below a folder of this name, at any depth, a pattern such as `folder/*` may match whatever the name. */
  opens(folderName: string): boolean;
  /** True: some pattern may match any name anywhere. */
  readonly alwaysOpen: boolean;
}

/** @param patterns gitignore patterns */
export function createIgnorePrefilter(patterns: readonly string[]): IgnorePrefilter {
  const names = createNameSet();
  const folders = createNameSet();
  let alwaysOpen = false;
  for (const pattern of patterns) {
    const parts = trimSpaces(pattern.replace(/^!/, ''))
      .split('/')
      .filter((part) => part !== '');
    // A slash inside brackets would make the parts none.
    const torn = /\[[^\]]*\//.test(pattern);
    const last = parts.at(-1);
    if (last === undefined) continue;
    if (!torn && shapeOf(last) !== ANY) {
      names.add(last);
      continue;
    }
    const folder = torn ? undefined : parts.findLast((part) => shapeOf(part) !== ANY);
    if (folder === undefined) alwaysOpen = true;
    else folders.add(folder);
  }
  return { mayMatch: names.tester(), opens: folders.tester(), alwaysOpen };
}

function createNameSet(): { add(glob: string): void; tester(): (name: string) => boolean } {
  const literals = new Set<string>();
  const shapes = new Set<string>();
  return {
    add(glob) {
      if (/[*?[\\]/.test(glob)) shapes.add(shapeOf(glob));
      else literals.add(glob);
    },
    tester() {
      const shape = shapes.size === 0 ? undefined : new RegExp(`^(?:${[...shapes].join('|')})$`, 's');
      return (name) => literals.has(name) || (shape?.test(name) ?? false);
    },
  };
}

const ANY = '.*';

/** A regular expression that matches at least what the glob matches. */
function shapeOf(glob: string): string {
  let shape = '';
  for (const [piece] of glob.matchAll(/\*+|\?|\\.|\[[A-Za-z0-9-]+\]|\[.*|[^*?[\\]+|\\$/gs)) {
    if (piece.startsWith('*')) shape += ANY;
    else if (piece === '?' || /^\[[A-Za-z0-9-]+\]$/.test(piece)) shape += '.';
    // Brackets of a less simple kind: the rest is left open.
    else if (piece.startsWith('[')) return shape.endsWith(ANY) ? shape : shape + ANY;
    else shape += piece.replace(/^\\(?=.)/s, '').replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  }
  return shape;
}
