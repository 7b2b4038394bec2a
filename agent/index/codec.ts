/**
 * How a record lies in the index: a MessagePack array, in the order of `recordSchema`.
 *
 * @module
 */
import { Packr } from 'msgpackr';
import type { EntryKind, Recorded, Stat } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { EpochId, Version } from '../core/version.ts';

const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });

type Row = readonly [
  kind: EntryKind,
  sizeBytes: number,
  mtimeNs: bigint,
  mode: number,
  hash: string,
  target: string,
  version: Version,
  author: string,
  seq: number,
  racy: boolean,
  from: EpochId | null,
  stat: readonly [ino: bigint, sizeBytes: number, mtimeNs: bigint, mode: number] | null,
];

export function encodeRecord(record: Recorded): Buffer {
  const { stat } = record;
  const row: Row = [
    record.kind,
    record.sizeBytes,
    record.mtimeNs,
    record.mode,
    record.hash,
    record.target,
    record.version,
    record.author,
    record.seq,
    record.racy,
    record.from ?? null,
    stat === undefined ? null : [stat.ino, stat.sizeBytes, stat.mtimeNs, stat.mode],
  ];
  return packr.pack(row);
}

/** The bytes are this program's own, and LMDB's checks found them whole; a row of another shape is a bug. */
export function decodeRecord(path: RelPath, bytes: Uint8Array): Recorded {
  const row: Row = packr.unpack(bytes);
  const [kind, sizeBytes, mtimeNs, mode, hash, target, version, author, seq, racy, from, stat] = row;
  return {
    path,
    kind,
    sizeBytes,
    mtimeNs: BigInt(mtimeNs),
    mode,
    hash,
    target,
    version,
    author,
    seq,
    racy,
    from: from ?? undefined,
    stat: stat === null ? undefined : decodeStat(stat),
  };
}

function decodeStat([ino, sizeBytes, mtimeNs, mode]: NonNullable<Row[11]>): Stat {
  return { ino: BigInt(ino), sizeBytes, mtimeNs: BigInt(mtimeNs), mode };
}
