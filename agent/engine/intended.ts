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
/** Stands where a single entry has its path, and is none. */
const ALL = '';

export function packIntended(entry: Entry): Uint8Array {
  return packr.pack(entryToWire(entry));
}

/** The same for several, which are put at once. */
export function packAllIntended(entries: readonly Entry[]): Uint8Array {
  return packr.pack([ALL, ...entries.map(entryToWire)]);
}

/** The latest intent of a path counts. */
export function readIntended(intents: readonly Intent[]): Map<RelPath, Entry> {
  const entryByPath = new Map<RelPath, Entry>();
  for (const { path, incoming } of intents) {
    if (incoming === undefined) continue;
    const raw: unknown = packr.unpack(incoming);
    if (Array.isArray(raw) && raw[0] === ALL) {
      for (const entry of raw.slice(1).map(parseWireEntry)) if (entry !== undefined) entryByPath.set(entry.path, entry);
      continue;
    }
    const entry = parseWireEntry(raw);
    if (entry !== undefined) entryByPath.set(path, entry);
  }
  return entryByPath;
}
