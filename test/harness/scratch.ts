import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test, without symlinks in its path, removed with all that is in it. */
export function createScratch(name: string): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(realpathSync(tmpdir()), `dsync-${name}-`));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}
