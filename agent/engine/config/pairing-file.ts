/**
 * pairing.json: where this host listens for hosts that were paired with it.
 *
 * @module
 */
import * as z from 'zod';
import { type AbsPath, childPath } from '../../../platform/abs-path.ts';
import { writeFileAtomic } from '../../../platform/atomic-file.ts';
import type { Home } from '../../../platform/home.ts';
import { readSettingsFile } from '../../../platform/settings-file.ts';

const listenSchema = z.object({ address: z.string().min(1), port: z.int().min(1).max(65_535) });
export type ListenAddress = z.infer<typeof listenSchema>;

/** Loose: what a newer version wrote stays when an older one writes the file. */
const pairingSchema = z.looseObject({ listen: listenSchema.optional() });
export type PairingFile = z.infer<typeof pairingSchema>;

export const PAIRING_FILE = 'pairing.json';

/** @throws {DsyncError} BAD_STATE with file and line */
export function readPairing(home: Home): PairingFile {
  return readSettingsFile(pairingPath(home), pairingSchema, { missing: {}, code: 'BAD_STATE' });
}

/** Not locked: call it inside `withConfigLock`. */
export function writePairing(home: Home, pairing: PairingFile): void {
  writeFileAtomic(pairingPath(home), `${JSON.stringify({ ...readPairing(home), ...pairing }, null, 2)}\n`);
}

function pairingPath(home: Home): AbsPath {
  return childPath(home.config, PAIRING_FILE);
}
