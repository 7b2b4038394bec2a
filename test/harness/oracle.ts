/**
 * The oracle: every save is a unique token; once quiet, every token is on all hosts, or in a conflict copy or the
 * trash, or was replaced on a host that had it. And hosts are equal, nothing temporary is left, no file is torn.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseSaves, type Token } from './saves.ts';
import { diffTrees, readTree } from './tree.ts';
import { filesBelow, type Writer } from './writer.ts';

export interface Verdict {
  /** Each is a broken promise; empty is what all this is for. */
  readonly faults: readonly string[];
  /** How the saves ended. */
  readonly counts: Readonly<Record<'saved' | 'live' | 'conflictCopy' | 'trash' | 'replaced', number>>;
  /** Conflict copies of files that one host alone wrote: no bytes are lost, but a user is bothered for nothing. */
  readonly needlessConflicts: readonly string[];
}

/** Call it once quiet. */
export function judge(writers: readonly Writer[]): Verdict {
  const places = writers.map((writer) => ({ writer, ...readPlaces(writer.root) }));
  const replaced = new Set(writers.flatMap(({ bin, replaced: over }) => [...over, ...tokensIn(filesBelow(bin))]));
  const conflictCopy = new Set(places.flatMap(({ copies }) => tokensIn(copies)));
  const trash = new Set(places.flatMap((place) => tokensIn(place.trash)));
  const liveBySide = places.map(({ live }) => new Set(tokensIn(live)));
  const faults: string[] = [];
  const counts = { saved: 0, live: 0, conflictCopy: 0, trash: 0, replaced: 0 };

  for (const token of writers.flatMap(({ saved }) => [...saved])) {
    counts.saved++;
    if (liveBySide.every((side) => side.has(token))) counts.live++;
    else if (conflictCopy.has(token)) counts.conflictCopy++;
    else if (replaced.has(token)) counts.replaced++;
    else if (trash.has(token)) counts.trash++;
    else faults.push(`lost: ${token}${liveBySide.some((side) => side.has(token)) ? ' (on one host only)' : ''}`);
  }

  for (const { writer, live, temporary } of places) {
    for (const path of temporary) faults.push(`left behind on ${writer.host}: ${path}`);
    for (const path of live) {
      if (parseSaves(readFileSync(path, 'utf8')).torn) faults.push(`torn on ${writer.host}: ${path}`);
    }
    faults.push(...ownFaults(writer, places));
  }
  const [first, ...others] = writers.map(({ root }) => readTree(root, { conflictCopies: true }));
  for (const other of others) {
    const difference = first && diffTrees(first, other);
    if (difference !== undefined) faults.push(`the hosts differ:\n${difference}`);
  }
  const needlessConflicts = places.flatMap(({ writer, copies }) =>
    copies.map((path) => relative(writer.root, path)).filter((path) => path.includes('/only-')),
  );
  return { faults, counts, needlessConflicts };
}

/** What only one host ever wrote has one right state: that user's. */
function ownFaults(writer: Writer, places: readonly { readonly writer: Writer }[]): string[] {
  const faults: string[] = [];
  for (const { writer: other } of places) {
    const folder = `only-${writer.host}`;
    const found = new Map(filesBelow(join(other.root, folder)).map((path) => [relative(other.root, path), path]));
    for (const path of new Set([...found.keys(), ...writer.own.keys()])) {
      const at = found.get(path);
      const expected = writer.own.get(path)?.join(' ') ?? 'nothing';
      const actual = at === undefined ? 'nothing' : parseSaves(readFileSync(at, 'utf8')).tokens.join(' ');
      if (actual !== expected) faults.push(`${path} on ${other.host}: found ${actual}, and ${expected} was saved last`);
    }
  }
  return faults;
}

function readPlaces(root: string) {
  const all = filesBelow(root);
  const inside = (folder: string) => all.filter((path) => path.startsWith(`${join(root, folder)}/`));
  return {
    live: all.filter((path) => !path.startsWith(`${root}/.dsync/`)),
    copies: inside('.dsync/conflicts'),
    trash: inside('.dsync/local/trash'),
    temporary: [...inside('.dsync/local/stage'), ...all.filter((path) => path.includes('/.dsync-tmp-'))],
  };
}

function tokensIn(paths: readonly string[]): Token[] {
  return paths.flatMap((path) => parseSaves(readFileSync(path, 'utf8')).tokens);
}
