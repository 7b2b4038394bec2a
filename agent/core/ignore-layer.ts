/**
 * The rules of one folder's files on top of those from above: what holds for the names in it and below.
 *
 * The rules of all layers from the root down are asked as one list, so that precedence, negation and ignored parents
 * are gitignore's own; files in other branches of the tree cost nothing.
 *
 * @module
 */
import type { Ignore } from 'ignore';
import { type CompiledSource, emptyMatcher } from './ignore-source.ts';
import type { RelPath } from './rel-path.ts';

export interface IgnoreLayer {
  /** Gitignore's answer, and the mark of the rule that ignores the path or a folder above it. */
  test(path: RelPath, isFolder: boolean): { readonly ignored: boolean; readonly mark: string | undefined };
  /** See `IgnorePrefilter`. */
  mayMatch(name: string): boolean;
  opens(folderName: string): boolean;
  readonly alwaysOpen: boolean;
  /** All rules down to this layer; never asked itself. */
  readonly matcher: () => Ignore;
}

/** The package remembers every path it was ever asked; a copy shares its compiled rules and starts empty. */
const MAX_REMEMBERED = 8_192;

/** @param sources of one folder, weakest first */
export function createIgnoreLayer(above: IgnoreLayer | undefined, sources: readonly CompiledSource[]): IgnoreLayer {
  let combined: Ignore | undefined;
  let asking: Ignore | undefined;
  let asked = 0;

  function matcher(): Ignore {
    if (combined !== undefined) return combined;
    combined = emptyMatcher();
    if (above !== undefined) combined.add(above.matcher());
    for (const source of sources) combined.add(source.matcher);
    return combined;
  }

  return {
    matcher,
    test(path, isFolder) {
      if (asking === undefined || ++asked > MAX_REMEMBERED) {
        asking = emptyMatcher().add(matcher());
        asked = 0;
      }
      const { ignored, rule } = asking.test(isFolder ? `${path}/` : path);
      return { ignored, mark: rule?.mark };
    },
    mayMatch: (name) => sources.some(({ prefilter }) => prefilter.mayMatch(name)) || (above?.mayMatch(name) ?? false),
    opens: (name) => sources.some(({ prefilter }) => prefilter.opens(name)) || (above?.opens(name) ?? false),
    alwaysOpen: sources.some(({ prefilter }) => prefilter.alwaysOpen),
  };
}
