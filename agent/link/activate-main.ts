/**
 * The program that a deploy starts on the other host: `node dist/activate.js LIB HASH NODE [UNPACKED]`.
 *
 * It loads the native parts before anything is switched, so that a version that cannot run there never becomes the
 * current one. Prints one line of JSON.
 *
 * @module
 */
import { absPath } from '../../platform/abs-path.ts';
import { messageOf } from '../../platform/failure.ts';
import { activateVersion, listCommandLines } from './activate.ts';

const [lib = '', hash = '', node = '', unpacked] = process.argv.slice(2);
try {
  await Promise.all([import('koffi'), import('lmdb'), import('ssh2')]);
  const result = activateVersion({
    lib: absPath(lib),
    hash,
    node,
    unpacked: unpacked === undefined ? undefined : absPath(unpacked),
    commandLines: listCommandLines(),
    now: Date.now(),
  });
  process.stdout.write(`${JSON.stringify(result)}\n`);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
