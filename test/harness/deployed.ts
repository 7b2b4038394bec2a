/**
 * What one test of a run deployed and recorded, others find there: to pack, to send and to look the other host over is
 * more than half of what it takes to set up a pair, and the tests of deploying do it themselves.
 *
 * @module
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Of two hosts after `dsync host add` of the second on the first. */
export interface Deployed {
  /** Above both homes: stands in what is written there. */
  readonly folder: string;
  readonly homeOfA: string;
  readonly homeOfB: string;
}

const STORE = process.env.DSYNC_TEST_DEPLOYED;
const HOSTS = 'config/hosts.json';
const PLACE = '{folder}';

/** False where nothing was kept yet. */
export function takeDeployed({ folder, homeOfA, homeOfB }: Deployed): boolean {
  if (STORE === undefined || !existsSync(STORE)) return false;
  const put = (from: string, to: string, mode: number): void =>
    writeFileSync(to, readFileSync(join(STORE, from), 'utf8').replaceAll(PLACE, folder), { mode });
  mkdirSync(join(homeOfA, 'config'), { recursive: true });
  put('hosts.json', join(homeOfA, HOSTS), 0o600);
  mkdirSync(join(homeOfB, 'lib/versions'), { recursive: true });
  put('dsync', join(homeOfB, 'lib/dsync'), 0o755);
  symlinkSync(readlinkSync(join(STORE, 'current')), join(homeOfB, 'lib/current'));
  for (const hash of readdirSync(join(STORE, 'versions'))) {
    symlinkSync(join(STORE, 'versions', hash), join(homeOfB, 'lib/versions', hash));
  }
  return true;
}

export function keepDeployed({ folder, homeOfA, homeOfB }: Deployed): void {
  if (STORE === undefined || existsSync(STORE)) return;
  const own = `${STORE}-${process.pid}`;
  const keep = (from: string, to: string): void =>
    writeFileSync(join(own, to), readFileSync(from, 'utf8').replaceAll(folder, PLACE));
  cpSync(join(homeOfB, 'lib/versions'), join(own, 'versions'), { recursive: true });
  symlinkSync(readlinkSync(join(homeOfB, 'lib/current')), join(own, 'current'));
  keep(join(homeOfB, 'lib/dsync'), 'dsync');
  keep(join(homeOfA, HOSTS), 'hosts.json');
  try {
    renameSync(own, STORE);
  } catch {
    // Another was first.
    rmSync(own, { recursive: true });
  }
}
