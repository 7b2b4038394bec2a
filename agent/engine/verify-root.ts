/**
 * The proof that two hosts are equal: digests over all that is live, and what differs where they do.
 *
 * @module
 */
import type { IndexStore } from '../index/index-store.ts';
import { digestOf, listOf } from './digest.ts';
import type { LiveRoot } from './live-root.ts';
import type { RootLink } from './root-link.ts';

export interface Verification {
  readonly equal: boolean;
  /** Digests. */
  readonly ours: string;
  readonly theirs: string;
  readonly entries: number;
  /** `missing` where a side has nothing. */
  readonly differences: { path: string; ours: string; theirs: string }[];
}

/** After a pass over the disk here, and once both sides have nothing left to do. */
export async function verifyRoot(
  {
    live,
    index,
    link,
  }: {
    readonly live: Pick<LiveRoot, 'scan' | 'quiesce'>;
    readonly index: IndexStore;
    readonly link: Pick<RootLink, 'barrier' | 'digest'>;
  },
  signal: AbortSignal,
): Promise<Verification> {
  await live.scan();
  await live.quiesce(signal);
  await link.barrier(signal);
  await index.commit();
  const [ours, theirs] = await Promise.all([digestOf(index, signal), link.digest({ list: false }, signal)]);
  const equal = ours.digest === theirs.digest;
  const result = { equal, ours: ours.digest, theirs: theirs.digest, entries: ours.entries };
  if (equal) return { ...result, differences: [] };
  const listed = await link.digest({ list: true }, signal);
  const stateByPath = new Map(listed.list);
  const differences: { path: string; ours: string; theirs: string }[] = [];
  for await (const part of listOf(index, signal)) {
    for (const [path, state] of part) {
      const their = stateByPath.get(path);
      if (their !== state) differences.push({ path, ours: state, theirs: their ?? 'missing' });
      stateByPath.delete(path);
    }
  }
  for (const [path, state] of stateByPath) differences.push({ path, ours: 'missing', theirs: state });
  return { ...result, differences };
}
