/**
 * A snapshot with its scrollback in one piece, for another host.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';
import { MAX_SNAPSHOT_BYTES, readSnapshot } from './read-snapshot.ts';
import type { Snapshot } from './schema.ts';
import { blobPath, blobsOf, keepBlob, save } from './store.ts';

const packSchema = z.object({
  snapshot: z.string().describe('as it is kept'),
  blobs: z.record(z.string().regex(/^[0-9a-f]{64}$/), z.base64()).describe('packed, by the hash of what is in them'),
});

const MAX_PACKED_BYTES = 8 * MAX_SNAPSHOT_BYTES;

/** Scrollback that is no longer there is left out, and is missed on the other side alone. */
export function pack(home: Home, snapshot: Snapshot): Uint8Array {
  const blobs = Object.fromEntries(
    blobsOf(snapshot).flatMap((sha256) => {
      try {
        return [[sha256, readFileSync(blobPath(home, sha256)).toString('base64')]];
      } catch {
        return [];
      }
    }),
  );
  const packed: z.infer<typeof packSchema> = { snapshot: JSON.stringify(snapshot), blobs };
  return gzipSync(JSON.stringify(packed));
}

/** @throws {DsyncError} SNAPSHOT_INVALID; nothing was kept */
export async function unpack(home: Home, packed: Uint8Array): Promise<Snapshot> {
  const { snapshot: text, blobs } = parsePack(packed);
  const snapshot = readSnapshot(text, 'The snapshot that came in');
  const wanted = new Set(blobsOf(snapshot));
  const checked = Object.entries(blobs).filter(([sha256]) => wanted.has(sha256));
  for (const [sha256, base64] of checked) {
    if (hashOf(Buffer.from(base64, 'base64')) !== sha256) throw invalid('its scrollback was changed on the way');
  }
  for (const [sha256, base64] of checked) await keepBlob(home, sha256, Buffer.from(base64, 'base64'));
  await save(home, snapshot);
  return snapshot;
}

function parsePack(packed: Uint8Array): z.infer<typeof packSchema> {
  let value: unknown;
  try {
    value = JSON.parse(gunzipSync(packed, { maxOutputLength: MAX_PACKED_BYTES }).toString('utf8'));
  } catch (error) {
    throw invalid(messageOf(error), error);
  }
  const parsed = packSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues[0]?.message ?? 'not what is expected', parsed.error);
}

function hashOf(packed: Uint8Array): string {
  try {
    return createHash('sha256')
      .update(gunzipSync(packed, { maxOutputLength: MAX_PACKED_BYTES }))
      .digest('hex');
  } catch {
    return '';
  }
}

function invalid(fault: string, cause?: unknown): DsyncError {
  return new DsyncError('SNAPSHOT_INVALID', `The snapshot that came in is damaged: ${fault}`, { cause });
}
