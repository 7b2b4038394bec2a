/**
 * A built program to deploy in tests, small and quick to build: its activate.js is the real one, its dsync.js says which
 * version it is and what it was called with.
 *
 * @module
 */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type AbsPath, absPath, childPath } from '../../platform/abs-path.ts';
import { findInstallRoot, type InstallRoot } from './install-root.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

export interface BuiltRoots extends Disposable {
  /** An empty folder for whatever the test needs. */
  readonly folder: AbsPath;
  /** Another version of the program. */
  add(version: string): InstallRoot;
}

export async function createBuiltRoots(): Promise<BuiltRoots> {
  const base = absPath(realpathSync(mkdtempSync(`${tmpdir()}/dsync-deploy-`)));
  const [folder, dist] = [childPath(base, 'folder'), childPath(base, 'dist')];
  mkdirSync(folder);
  await build({
    absWorkingDir: CHECKOUT,
    entryPoints: { activate: 'agent/link/activate-main.ts' },
    outdir: dist,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['koffi', 'lmdb', 'ssh2'],
  });
  return {
    folder,
    add(version) {
      const root = childPath(base, version);
      mkdirSync(root);
      cpSync(dist, childPath(root, 'dist'), { recursive: true });
      writeFileSync(childPath(root, 'package.json'), JSON.stringify({ name: 'dsync', version }));
      writeFileSync(childPath(root, 'dist/parts.json'), '{}');
      writeFileSync(
        childPath(root, 'dist/dsync.js'),
        `console.log(JSON.stringify({ version: '${version}', args: process.argv.slice(2), main: process.argv[1] }));`,
      );
      symlinkSync(`${CHECKOUT}node_modules`, childPath(root, 'node_modules'));
      return findInstallRoot(childPath(root, 'dist/dsync.js'));
    },
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }),
  };
}
