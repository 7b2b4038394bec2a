/**
 * What was about to be applied when the last run ended: where a path holds just that, it was applied, and is no change.
 *
 * @module
 */
import { Packr } from 'msgpackr';
import type { Intent } from '../apply/intents.ts';
import type { Entry } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import { entryToWire, parseWireEntry } from '../link/wire-entry.ts';

const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });

export function packIntended(entry: Entry): Uint8Array {
  return packr.pack(entryToWire(entry));
}

/** The latest intent of a path counts. */
export function readIntended(intents: readonly Intent[]): Map<RelPath, Entry> {
  const entryByPath = new Map<RelPath, Entry>();
  for (const { path, incoming } of intents) {
    const entry = incoming === undefined ? undefined : parseWireEntry(packr.unpack(incoming));
    if (entry !== undefined) entryByPath.set(path, entry);
  }
  return entryByPath;
}
