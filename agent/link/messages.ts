/**
 * What two agents say to each other. Everything that comes in is parsed by these schemas: the peer is outside.
 *
 * A batch that came from the sender's index in order carries the numbers it covers (`from`, `to`); one that overtakes
 * has both 0.
 *
 * @module
 */
import * as z from 'zod';
import type { Entry } from '../core/entry.ts';
import { parseRelPath, type RelPath, relPathFault } from '../core/rel-path.ts';
import type { EpochId } from '../core/version.ts';
import { readWireEntry } from './wire-entry.ts';

/** What this agent says of itself in its hello; negotiate.ts makes of both hellos what is spoken. */
export const PROTOCOL = 1;
export const OLDEST_PROTOCOL = 1;
/** Most content that one message carries, in bytes. */
export const MAX_CONTENT_BYTES = 1 << 20;
/** Most bytes of one frame. */
export const MAX_FRAME_BYTES = 4 << 20;

/** What a peer names in its `hello` if it takes parcels. */
export const PARCELS = 'parcels';
export const MAX_PARCELS = 100;
export const MAX_PARCEL_BYTES = 32 << 20;
/** Of all that one host has for another. */
export const MAX_PARCELS_BYTES = 256 << 20;

const MAX_BATCH_ENTRIES = 4096;

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'not bytes');
const short = z.string().max(200);
const text = z.string().max(4096);
const relPath = z.string().transform((value, context): RelPath => {
  const path = parseRelPath(value);
  if (path !== undefined) return path;
  context.issues.push({
    code: 'custom',
    input: value,
    message: `“${value.slice(0, 200)}” is no path inside a root: ${relPathFault(value)}`,
  });
  return z.NEVER;
});
const epochId = z
  .string()
  .min(8)
  .max(64)
  .transform((value) => value as EpochId);

const rootId = z.string().min(8).max(64);

/** It becomes the name of a file. */
const parcelName = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/);

/** An entry of a batch, with the whole file, and for a move the tombstone of the path that this was at until now. */
export interface BatchItem {
  readonly entry: Entry;
  readonly content?: Uint8Array;
  readonly movedFrom?: Entry;
}

const itemSchema = z.transform((raw: unknown, context): BatchItem => {
  const item = readItem(raw);
  if (typeof item !== 'string') return item;
  context.issues.push({ code: 'custom', input: raw, message: item });
  return z.NEVER;
});

/** By hand, as its entries are. */
function readItem(raw: unknown): BatchItem | string {
  if (typeof raw !== 'object' || raw === null || !('entry' in raw)) return 'it is no entry with its content';
  const entry = readWireEntry(raw.entry);
  if (typeof entry === 'string') return entry;
  const content = 'content' in raw ? raw.content : undefined;
  if (content !== undefined && !(content instanceof Uint8Array)) return 'its content is no bytes';
  const movedFrom = 'movedFrom' in raw && raw.movedFrom !== undefined ? readWireEntry(raw.movedFrom) : undefined;
  if (typeof movedFrom === 'string') return movedFrom;
  return { entry, ...(content && { content }), ...(movedFrom && { movedFrom }) };
}

export const messageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: count.describe('the newest that the sender speaks'),
    oldest: count.optional().describe('the oldest that it still speaks; `protocol` alone if absent'),
    features: z.array(short).max(100).describe('what it can do beyond the protocol; used where both name it'),
    hostId: short,
    hostName: short,
    agentVersion: short,
    stripes: z.string().min(16).max(64).optional().describe('what a stripe of this link is opened by'),
  }),
  z
    .object({
      type: z.literal('parcels'),
      list: z.array(z.object({ name: parcelName, hash: short, sizeBytes: count })).max(MAX_PARCELS),
    })
    .describe('all that the sender has for the other host; what is not in it any more is forgotten'),
  z.object({ type: z.literal('parcel-want'), name: parcelName, hash: short }),
  z.object({
    type: z.literal('parcel'),
    name: parcelName,
    hash: short,
    offset: count,
    bytes: bytes.refine((part) => part.length <= MAX_CONTENT_BYTES, 'too much at once'),
    last: z.boolean(),
  }),
  z.object({ type: z.literal('ping'), at: z.number() }),
  z.object({ type: z.literal('pong'), at: z.number() }),
  z.object({
    type: z.literal('open'),
    root: rootId,
    name: short,
    path: text.optional().describe('where the root shall lie there, `~` for the home; absent in an answer'),
    epoch: epochId,
    seq: count.describe('the sender’s last number'),
    knows: z
      .array(z.tuple([epochId, count]))
      .max(1000)
      .describe('how far the sender has taken over entries, by epoch'),
    fresh: z.boolean().describe('the sender starts anew with this root, and needs an open in return'),
    empty: z.boolean().describe('the sender has no entries: content can come without being asked for'),
  }),
  z.object({ type: z.literal('refuse'), root: rootId, code: short, message: text, cure: text }),
  z.object({ type: z.literal('pause'), root: rootId, paused: z.boolean() }),
  z.object({
    type: z.literal('batch'),
    root: rootId,
    id: count,
    from: count,
    to: count,
    bulk: z.boolean(),
    left: z
      .object({ files: count, bytes: count })
      .optional()
      .describe('what is known to follow this batch, for people to see'),
    items: z.array(itemSchema).max(MAX_BATCH_ENTRIES),
  }),
  z.object({ type: z.literal('ack'), root: rootId, id: count }),
  z.object({ type: z.literal('caught-up'), root: rootId, seq: count }),
  z.object({
    type: z.literal('want'),
    root: rootId,
    items: z.array(z.object({ id: count, path: relPath, hash: short, offset: count })).max(MAX_BATCH_ENTRIES),
  }),
  z.object({
    type: z.literal('content'),
    root: rootId,
    parts: z.array(z.object({ id: count, offset: count, bytes, last: z.boolean() })).max(MAX_BATCH_ENTRIES),
  }),
  z.object({
    type: z.literal('credit'),
    root: rootId,
    id: count,
    upTo: count.describe('bytes of this file that may be sent'),
  }),
  z
    .object({ type: z.literal('gone'), root: rootId, id: count })
    .describe('the content asked for is no more; a newer entry follows'),
  z.object({ type: z.literal('cancel'), root: rootId, id: count }),
  z
    .object({ type: z.literal('rsync-want'), root: rootId, id: count, path: relPath, hash: short })
    .describe('the asker has a file that is nearly that content'),
  z
    .object({
      type: z.literal('patch-want'),
      root: rootId,
      id: count,
      path: relPath,
      hash: short,
      sums: bytes
        .refine((sums) => sums.length <= MAX_CONTENT_BYTES && sums.length % 4 === 0, 'no sums of blocks')
        .describe('of what the asker has, CRC-32 by blocks of 64 KiB, little-endian'),
    })
    .describe(
      'the same, where the blocks at the same offsets may tell; `rsync-unable`, `-cancel`, `-data` and `-credit` go with it',
    ),
  z.object({
    type: z.literal('patch-ready'),
    root: rootId,
    id: count,
    ranges: z
      .array(z.object({ offset: count, bytes: count }))
      .max(MAX_BATCH_ENTRIES)
      .describe('where the content differs: what follows is in them, one behind the other'),
  }),
  z.object({
    type: z.literal('rsync-ready'),
    root: rootId,
    id: count,
    flags: short.describe('what rsync, which reads the file, needs of the one that makes it'),
  }),
  z
    .object({
      type: z.literal('rsync-unable'),
      root: rootId,
      id: count,
      reason: text,
      share: z
        .number()
        .min(0)
        .max(1)
        .optional()
        .describe('how much of the content the asker has at whatever place, by samples'),
    })
    .describe('the content does not come this way'),
  z.object({ type: z.literal('rsync-cancel'), root: rootId, id: count }),
  z.object({
    type: z.literal('rsync-data'),
    root: rootId,
    id: count,
    asker: z.boolean().describe('it comes from the host that asked'),
    bytes,
    last: z.boolean(),
  }),
  z.object({
    type: z.literal('rsync-credit'),
    root: rootId,
    id: count,
    asker: z.boolean(),
    upTo: count.describe('bytes that the other end may have sent'),
  }),
  z
    .object({ type: z.literal('commit'), root: rootId, id: count })
    .describe('asks for an answer once all that the other side has told of is on its disk'),
  z.object({ type: z.literal('committed'), root: rootId, id: count }),
  z.object({ type: z.literal('barrier'), root: rootId, id: count }),
  z.object({ type: z.literal('barrier-passed'), root: rootId, id: count, clean: z.boolean(), reason: text.optional() }),
  z.object({ type: z.literal('digest'), root: rootId, id: count, list: z.boolean() }),
  z.object({
    type: z.literal('digest-is'),
    root: rootId,
    id: count,
    digest: short,
    entries: count,
    list: z.array(z.tuple([relPath, z.string().max(200)])).max(MAX_BATCH_ENTRIES),
    last: z.boolean(),
  }),
  z.object({ type: z.literal('bye'), code: short, message: text }),
]);

export type Message = z.infer<typeof messageSchema>;
export type MessageOf<T extends Message['type']> = Extract<Message, { type: T }>;
