import type { AbsPath } from '../../platform/abs-path.ts';
import type { checkMarker } from '../apply/marker.ts';

/** Why a root stands still until a person says go on, or until its marker is back. */
export interface Halt {
  readonly reason: string;
  readonly cure: string;
}

export function haltFor(marker: ReturnType<typeof checkMarker>, path: AbsPath, name: string): Halt {
  switch (marker) {
    case 'root-missing':
      return {
        reason: `${path} is not there`,
        cure: 'Mount the disk, or make the folder again; the root goes on by itself once its marker is back',
      };
    case 'missing':
      return {
        reason: `${path} has lost its marker (.dsync/local/root.json): the disk may not be mounted, or the folder was emptied`,
        cure: `Mount the disk, or say that the folder is right: dsync resume ${name}`,
      };
    case 'other':
      return {
        reason: `${path} holds the marker of another root`,
        cure: `Check that the right disk is mounted; else remove .dsync/local/root.json there and: dsync resume ${name}`,
      };
    case 'ok':
      return { reason: 'the root was stopped', cure: `dsync resume ${name}` };
  }
}
