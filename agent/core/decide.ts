/**
 * What an incoming entry does to ours, for one path.
 *
 * theirs is      same content   other content   theirs a tombstone   ours a tombstone
 * older          keep           keep            keep                 keep
 * newer          keep           apply           apply                apply
 * concurrent     keep           conflict        keep                 apply
 * equal (1)      keep           conflict        keep                 apply
 *
 * (1) Two contents under one version: merged along different ways, or an index from a backup.
 * Whatever is decided, the version becomes the join of both, so that all hosts end alike.
 * A deletion never outlives a concurrent edit. Clocks play no part.
 *
 * @module
 */
import { type Entry, sameContent } from './entry.ts';
import { compareVersions } from './version.ts';

/** `conflict`: which content stays at the path, and the name of the other, is `conflict.ts`'s matter. */
export type Decision = 'keep' | 'apply' | 'conflict';

/** Pure, and alike on every host: what one side applies, the other keeps. */
export function decide(ours: Entry, theirs: Entry): Decision {
  if (sameContent(ours, theirs)) return 'keep';
  const order = compareVersions(theirs.version, ours.version);
  if (order === 'older') return 'keep';
  if (order === 'newer') return 'apply';
  if (theirs.kind === 'tombstone') return 'keep';
  return ours.kind === 'tombstone' ? 'apply' : 'conflict';
}
