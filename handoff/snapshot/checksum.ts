/**
 * The checksum of a snapshot: over all of it but the checksum itself, alike however its keys are ordered.
 *
 * @module
 */
import { createHash } from 'node:crypto';

export function checksumOf(snapshot: object): string {
  const { checksum: _, ...rest } = snapshot as Readonly<Record<string, unknown>>;
  return `sha256:${createHash('sha256').update(canonicalJson(rest)).digest('hex')}`;
}

/** JSON with sorted keys and no blanks. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
