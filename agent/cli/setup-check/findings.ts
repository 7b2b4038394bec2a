/**
 * What stands in the way of push and pull, from facts that were gathered. Pure.
 *
 * @module
 */
import { formatBytes, formatDuration, formatMs } from '../../../platform/format.ts';
import type { There } from '../../engine/by-hand/probe-there.ts';
import { explainRsyncExit } from '../../transfer/rsync-exit.ts';
import {
  comparesNanoseconds,
  formatRsync,
  isRsyncFrom,
  LEAST_RSYNC,
  type RsyncFlavour,
} from '../../transfer/rsync-flavour.ts';

export interface Finding {
  readonly check: string;
  /** `warning`: it works, but not in all cases. */
  readonly state: 'ok' | 'warning' | 'failed' | 'unknown';
  /** What was found; for what is not ok, the cause. */
  readonly found: string;
  readonly cure?: string;
}

/** Less than this is soon full. */
const LITTLE_BYTES = 1024 ** 3;
/** From here on the time of a save is misleading. */
const CLOCK_MS = 2000;

const UPDATE = `Install rsync ${LEAST_RSYNC} or later (apt install rsync, dnf install rsync, brew install rsync)`;

/** @param flavour undefined where there is none */
export function rsyncFinding(where: string, flavour: RsyncFlavour | undefined): Finding {
  const check = `rsync ${where}`;
  if (flavour === undefined) return { check, state: 'failed', found: 'there is none', cure: `${UPDATE}.` };
  const found = formatRsync(flavour);
  if (isRsyncFrom(flavour, LEAST_RSYNC)) return { check, state: 'ok', found };
  const cause =
    flavour.kind === 'openrsync'
      ? `${found} can neither delete by name nor keep what it replaces`
      : `${found} is too old`;
  return { check, state: 'failed', found: cause, cure: `${UPDATE}, and see that it comes first on PATH.` };
}

export function protocolFinding(ours: RsyncFlavour, theirs: RsyncFlavour): Finding {
  const check = 'protocol';
  const found = `${Math.min(ours.protocol, theirs.protocol)}`;
  if (comparesNanoseconds(ours, theirs)) return { check, state: 'ok', found: `${found}, times to the nanosecond` };
  return {
    check,
    state: 'warning',
    found: `${found}, times to the second: an edit within the same second that keeps the size is not seen`,
    cure: 'Bring both to rsync 3.1.3 or later, or add: -- --checksum',
  };
}

/** @param there undefined where the account runs no scripts */
export function placeFindings(there: There | undefined, shown: string): Finding[] {
  if (there === undefined) {
    return [
      {
        check: 'folder there',
        state: 'unknown',
        found: 'the account there runs nothing but rsync, so folder, disk and clock cannot be looked at',
      },
    ];
  }
  return [placeFinding(there, shown), diskFinding('there', there.freeBytes), clockFinding(there)];
}

function placeFinding({ place, isWritable }: There, shown: string): Finding {
  const check = 'folder there';
  if (place === 'other')
    return { check, state: 'failed', found: `${shown} is no folder`, cure: 'Name another one: HOST:PATH.' };
  if (!isWritable) {
    const cure = `Give it to that user (chown), or name another folder: HOST:PATH.`;
    return { check, state: 'failed', found: `this user may not write in ${shown}`, cure };
  }
  return {
    check,
    state: 'ok',
    found: place === 'folder' ? `${shown} can be written` : `${shown} is not there yet; a push makes it`,
  };
}

export function diskFinding(where: string, freeBytes: number | undefined): Finding {
  const check = `disk ${where}`;
  if (freeBytes === undefined) return { check, state: 'unknown', found: 'the system does not tell what is free' };
  const found = `${formatBytes(freeBytes)} free`;
  if (freeBytes >= LITTLE_BYTES) return { check, state: 'ok', found };
  return {
    check,
    state: 'warning',
    found: `only ${found}`,
    cure: 'Free some space; old backups lie in .dsync/local/backups.',
  };
}

function clockFinding({ clockAheadMs, clockDoubtMs }: There): Finding {
  const check = 'clock';
  if (clockAheadMs === undefined) return { check, state: 'unknown', found: 'the host does not tell the time' };
  const off = Math.abs(clockAheadMs);
  if (off <= CLOCK_MS + clockDoubtMs)
    return { check, state: 'ok', found: `alike, to ${formatDuration(Math.max(off, clockDoubtMs))}` };
  return {
    check,
    state: 'warning',
    found: `${formatDuration(off)} ${clockAheadMs > 0 ? 'ahead' : 'behind'} there: which file is newer cannot be told`,
    cure: 'Set both clocks by the network: timedatectl set-ntp true',
  };
}

/** @param exit of a run that only lists; undefined where it was not tried */
export function talkFinding(code: number, complaint: string, tookMs: number): Finding {
  const check = 'rsync over ssh';
  if (code === 0) return { check, state: 'ok', found: `works, ${formatMs(tookMs)}` };
  const { cause, cure } = explainRsyncExit(code, complaint);
  const said = complaint.split('\n').find((line) => line !== '');
  return { check, state: 'failed', found: said === undefined ? cause : `${cause}: ${said}`, cure };
}

/** @returns 0 all is well, 1 something fails, 3 something wants a look */
export function exitOf(findings: readonly Finding[]): 0 | 1 | 3 {
  if (findings.some(({ state }) => state === 'failed')) return 1;
  return findings.some(({ state }) => state === 'warning') ? 3 : 0;
}
