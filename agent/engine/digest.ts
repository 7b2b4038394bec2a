/**
 * One digest over the live entries of a root, in order: equal digests prove that two hosts hold the same tree.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { isLive, type Recorded } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { IndexStore } from '../index/index-store.ts';

export interface Digest {
  readonly digest: string;
  readonly entries: number;
  readonly list: readonly (readonly [path: string, state: string])[];
}

type Listed = Pick<IndexStore, 'records'>;

const PART_ENTRIES = 2000;
const SLICE_MS = 8;

/** Everything in the index must be committed. */
export async function digestOf(index: Listed, signal: AbortSignal): Promise<{ digest: string; entries: number }> {
  const sha = createHash('sha256');
  let entries = 0;
  for await (const record of liveRecords(index, signal)) {
    sha.update(`${record.path}\0${stateOf(record)}\n`);
    entries++;
  }
  return { digest: sha.digest('base64url'), entries };
}

export async function* listOf(index: Listed, signal: AbortSignal): AsyncGenerator<[RelPath, string][]> {
  let part: [RelPath, string][] = [];
  for await (const record of liveRecords(index, signal)) {
    part.push([record.path, stateOf(record)]);
    if (part.length < PART_ENTRIES) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

function stateOf({ kind, mode, hash }: Recorded): string {
  return kind === 'symlink' ? `symlink ${hash}` : `${kind} ${mode.toString(8)} ${hash}`.trimEnd();
}

async function* liveRecords(index: Listed, signal: AbortSignal): AsyncGenerator<Recorded> {
  let until = performance.now() + SLICE_MS;
  for (const record of index.records()) {
    if (isLive(record)) yield record;
    if (performance.now() < until) continue;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    until = performance.now() + SLICE_MS;
  }
}
