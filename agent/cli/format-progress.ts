/**
 * How far a transfer has come, as a person reads it. Pure. Every bar stands beside its number.
 *
 * @module
 */
import type { Colors } from '../../platform/cli.ts';
import { formatBytes, formatCount, formatDuration, formatTable } from '../../platform/format.ts';
import { visible } from '../../platform/visible.ts';
import type { RootProgress, RootStatus, Transfer } from '../control/api.ts';

const BAR_CELLS = 20;

type Peers = RootProgress['peers'] | RootStatus['peers'];

/** A line for each host and direction that has something to do, and below them what is in flight. */
export function formatProgress(
  roots: readonly { readonly root: string; readonly peers: Peers }[],
  colors: Colors,
): string[] {
  const rows: string[][] = [];
  const flights: string[] = [];
  for (const { root, peers } of roots) {
    for (const { host, sending, receiving } of peers) {
      for (const [way, transfer] of [
        [`to ${host}`, sending],
        [`from ${host}`, receiving],
      ] as const) {
        if (transfer === undefined) continue;
        rows.push([`  ${root}`, way, ...transferCells(transfer, colors)]);
        flights.push(...flightLines(way, transfer, colors));
      }
    }
  }
  return [...formatTable(rows), ...flights];
}

function transferCells(transfer: Transfer, colors: Colors): string[] {
  const { files, filesDone, bytes, bytesDone, bytesPerSecond, leftMs } = transfer;
  const share = shareOf(transfer);
  return [
    `${colors.cyan(formatBar(share))} ${`${Math.floor(share * 100)} %`.padStart(5)}`,
    `${filesDone.toLocaleString('en-US')} of ${formatCount(files, 'file')}`,
    bytes === 0 ? '' : `${formatBytes(bytesDone)} of ${formatBytes(bytes)}`,
    bytesPerSecond === 0 ? '' : `${formatBytes(bytesPerSecond)}/s`,
    leftMs === undefined ? '' : `${formatDuration(leftMs)} left`,
  ];
}

function flightLines(way: string, { inFlight }: Transfer, colors: Colors): string[] {
  return inFlight.map(({ path, bytes, bytesDone }) =>
    colors.dim(`    ${way}: ${visible(path)}, ${formatBytes(bytesDone)} of ${formatBytes(bytes)}`),
  );
}

/** 0 to 1; 1 only when all is done. */
function shareOf({ files, filesDone, bytes, bytesDone }: Transfer): number {
  const share = bytes > 0 ? bytesDone / bytes : files > 0 ? filesDone / files : 0;
  return filesDone < files ? Math.min(share, 0.99) : share;
}

function formatBar(share: number): string {
  const full = Math.floor(share * BAR_CELLS);
  return '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
}
