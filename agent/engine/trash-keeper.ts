/**
 * Keeps the trash of one root within its bounds, and gives it way when the disk runs short.
 *
 * @module
 */
import type { AbsPath } from '../../platform/abs-path.ts';
import { freeDiskBytes } from '../apply/free-disk.ts';
import { sweepTrash } from '../apply/trash-sweep.ts';

export interface TrashKeeper {
  /** Whether so much can be staged; where it cannot, the oldest of the trash goes, for the next try. */
  hasRoom(sizeBytes: number): boolean;
  close(): void;
}

export interface TrashKeeperOptions {
  readonly root: AbsPath;
  readonly maxAgeDays: number;
  readonly maxBytes: number;
  readonly onSwept: (text: string) => void;
  readonly onFailure: (text: string, error: unknown) => void;
}

const SWEEP_MS = 3_600_000;
/** Never filled by us: the system and the user's own programs need some. */
const RESERVE_BYTES = 64 << 20;

export function createTrashKeeper({ root, maxAgeDays, maxBytes, onSwept, onFailure }: TrashKeeperOptions): TrashKeeper {
  const closing = new AbortController();
  let sweeping = false;

  const sweep = async (limitBytes: number) => {
    if (sweeping) return;
    sweeping = true;
    try {
      const { files, bytes } = await sweepTrash(root, { maxAgeDays, maxBytes: limitBytes, signal: closing.signal });
      if (files > 0) onSwept(`${files} files (${bytes} bytes) left the trash, the oldest first`);
    } catch (error) {
      if (!closing.signal.aborted) onFailure('The trash could not be swept', error);
    } finally {
      sweeping = false;
    }
  };
  const timer = setInterval(() => void sweep(maxBytes), SWEEP_MS);
  timer.unref();
  return {
    hasRoom(sizeBytes) {
      const free = freeDiskBytes(root);
      if (free >= sizeBytes + RESERVE_BYTES) return true;
      void sweep(0);
      return false;
    },
    close() {
      closing.abort();
      clearInterval(timer);
    },
  };
}
