/**
 * Which rsync a host has, by what `rsync --version` prints, and what it can therefore be asked for. Pure.
 *
 * Source: rsync's NEWS; openrsync's main.c, which greets as `openrsync: protocol version 29, rsync version 2.6.9 compatible`.
 *
 * @module
 */

export type RsyncFlavour =
  | {
      readonly kind: 'rsync';
      /** As it stands there: `3.2.7`, `3.4.0pre1`. */
      readonly version: string;
      readonly protocol: number;
    }
  /** OpenBSD's and macOS's own: whole files at protocol 27 or 29. */
  | { readonly kind: 'openrsync'; readonly protocol: number };

/** The least version of rsync that takes part in anything here. */
export const LEAST_RSYNC = '3.1.0';

/** @returns undefined for what no rsync prints */
export function parseRsyncVersion(output: string): RsyncFlavour | undefined {
  const open = /^openrsync\b.*?\bprotocol version (\d+)/m.exec(output);
  if (open !== null) return { kind: 'openrsync', protocol: Number(open[1]) };
  const [, version, protocol] = /^rsync +version v?(\d+\.\d+\S*) +protocol version (\d+)/m.exec(output) ?? [];
  if (version === undefined || protocol === undefined) return undefined;
  return { kind: 'rsync', version, protocol: Number(protocol) };
}

/** For people: `rsync 3.2.7 (protocol 31)`. */
export function formatRsync(flavour: RsyncFlavour): string {
  const name = flavour.kind === 'rsync' ? `rsync ${flavour.version}` : 'openrsync';
  return `${name} (protocol ${flavour.protocol})`;
}

/** Whether it is rsync itself, of this version or later; a preliminary version counts as the one that it leads to. */
export function isRsyncFrom(flavour: RsyncFlavour, least: string): boolean {
  if (flavour.kind !== 'rsync') return false;
  const own = numbersOf(flavour.version);
  for (const [i, wanted] of numbersOf(least).entries()) {
    const has = own[i] ?? 0;
    if (has !== wanted) return has > wanted;
  }
  return true;
}

/**
 * Whether times can be compared to the nanosecond between the two: `--modify-window=-1`. Without it, an edit within
 * the same second that keeps the size is not seen.
 */
export function comparesNanoseconds(ours: RsyncFlavour, theirs: RsyncFlavour): boolean {
  return isRsyncFrom(ours, '3.1.3') && isRsyncFrom(theirs, '3.1.3');
}

function numbersOf(version: string): number[] {
  return (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number);
}
