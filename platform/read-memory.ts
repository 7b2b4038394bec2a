/**
 * Memory that files are read into, a part after the other.
 *
 * @module
 */
import { createBufferPool } from './buffer-pool.ts';

/** Most that is read at once. To have another thread read costs this one more than reading some hundred kilobytes. */
export const READ_BYTES = 1 << 20;

/** For the whole process: as much as the few files need that are read at the same time. */
export const readMemory = createBufferPool({ mostBytes: READ_BYTES, mostFree: 16 });
