/**
 * Parts of the program that are read once they are needed.
 *
 * @module
 */
import { DsyncError, errnoOf } from './failure.ts';

/**
 * @param part `import('…')`
 * @throws {DsyncError} INTERNAL: it is not there any more, as another version took the place of this one
 */
export async function loaded<T>(part: Promise<T>): Promise<T> {
  try {
    return await part;
  } catch (error) {
    if (errnoOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new DsyncError('INTERNAL', 'dsync was exchanged for another version while this one runs', {
      cause: error,
      cure: 'Go on with the new one: dsync restart',
    });
  }
}
