/**
 * Which rsync is on either side, and whether it will do.
 *
 * @module
 */
import { capture } from '../../../platform/capture.ts';
import { DsyncError } from '../../../platform/failure.ts';
import { quoteWords } from '../../../platform/quote-words.ts';
import {
  formatRsync,
  isRsyncFrom,
  LEAST_RSYNC,
  parseRsyncVersion,
  type RsyncFlavour,
} from '../../transfer/rsync-flavour.ts';
import type { There } from './probe-there.ts';

/** @throws {DsyncError} RSYNC_MISSING, UNSUPPORTED */
export async function rsyncHere(signal: AbortSignal): Promise<RsyncFlavour> {
  const { code, stdout } = await capture('rsync', ['--version'], { signal });
  const flavour = code === 0 ? parseRsyncVersion(stdout) : undefined;
  if (flavour === undefined) throw missing('this host');
  checkFlavour(flavour, 'This host');
  return flavour;
}

/** @returns undefined where an account for rsync alone tells nothing of it */
export function rsyncThere(probed: There | undefined, host: string): RsyncFlavour | undefined {
  if (probed === undefined) return undefined;
  if (probed.rsync === undefined) throw missing(host);
  if (probed.rsync.flavour !== undefined) checkFlavour(probed.rsync.flavour, host);
  return probed.rsync.flavour;
}

function missing(where: string): DsyncError {
  return new DsyncError('RSYNC_MISSING', `There is no rsync on ${where}. Nothing was changed.`);
}

function checkFlavour(flavour: RsyncFlavour, where: string): void {
  if (isRsyncFrom(flavour, LEAST_RSYNC)) return;
  throw new DsyncError('UNSUPPORTED', `${where} has ${formatRsync(flavour)}. Nothing was changed.`, {
    cure: `push and pull need rsync ${LEAST_RSYNC} or later on both sides (macOS: brew install rsync): only that deletes by name and keeps what it replaces.`,
  });
}

/** What to call it there, as a shell reads it; undefined where PATH names it. */
export function rsyncPathThere(probed: There | undefined): string | undefined {
  return probed?.rsync?.isOnPath === false ? quoteWords([probed.rsync.path]) : undefined;
}
