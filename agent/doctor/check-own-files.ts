/**
 * dsync's own files: whether they can be written, whether others can read them, and what a killed process left behind.
 *
 * @module
 */

import { accessSync, constants } from 'node:fs';
import { chmod, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type AbsPath, absPath, childPath } from '../../platform/abs-path.ts';
import { errnoOf } from '../../platform/failure.ts';
import { isAlive } from '../../platform/is-alive.ts';
import { parseDeviceKey } from '../link/device-key.ts';
import type { Check, Notes } from './check.ts';
import type { Context } from './context.ts';

/** A lock without a live owner that is older than this is nobody's. */
const YOUNG_MS = 5000;

export function checkOwnFiles({ home, agent }: Context): Check {
  return {
    name: 'own files',
    deadlineMs: 8000,
    async run(notes) {
      const socketFolder = absPath(dirname(home.socket));
      const folders = [...new Set([home.config, home.state, socketFolder])];
      // What is configured may be read by others, if it is not changed by them.
      for (const folder of folders) await checkFolder(notes, folder, folder === home.config ? 0o022 : 0o077);
      await checkSecrets(notes, [childPath(home.state, 'key/device-key'), home.socket]);
      await checkDeviceKey(notes, childPath(home.state, 'key/device-key'));
      for (const folder of folders) await checkLocks(notes, folder);
      if ((await agent()).kind === 'down' && (await exists(home.socket))) {
        notes.finding('SOCKET_STALE', `${home.socket} is there, and nothing listens at it`, {
          fix: async () => {
            await rm(home.socket, { force: true });
            return `removed ${home.socket}`;
          },
        });
      }
      notes.detail(`in ${home.config} and ${home.state}`);
    },
  };
}

async function checkFolder(notes: Notes, folder: AbsPath, forbidden: number): Promise<void> {
  const found = await statOrUndefined(folder);
  if (found === undefined) return;
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    notes.finding('STATE_LOCKED', `${folder} cannot be written by this user`, {
      cure: `Give it back to this user: chown -R "$USER" ${folder} && chmod u+rwX ${folder}`,
    });
    return;
  }
  const uid = process.getuid?.() ?? found.uid;
  if (found.uid !== uid) {
    notes.finding('STATE_LOCKED', `${folder} belongs to another user (uid ${found.uid})`);
    return;
  }
  if ((found.mode & forbidden) !== 0) notes.finding('STATE_OPEN', openText(folder, found.mode), openFix(folder, 0o700));
}

async function checkSecrets(notes: Notes, files: readonly AbsPath[]): Promise<void> {
  for (const file of files) {
    const found = await statOrUndefined(file);
    if (found !== undefined && (found.mode & 0o077) !== 0)
      notes.finding('STATE_OPEN', openText(file, found.mode), openFix(file, 0o600));
  }
}

function openText(path: string, mode: number): string {
  return `${path} has the permissions ${(mode & 0o777).toString(8)}`;
}

function openFix(path: AbsPath, mode: number): { readonly cure: string; readonly fix: () => Promise<string> } {
  const octal = mode.toString(8);
  return {
    cure: `chmod ${octal} ${path}`,
    async fix() {
      await chmod(path, mode);
      return `set the permissions of ${path} to ${octal}`;
    },
  };
}

async function checkDeviceKey(notes: Notes, path: AbsPath): Promise<void> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return;
  }
  try {
    parseDeviceKey(text);
  } catch {
    notes.finding('DEVICE_KEY_BROKEN', `${path} holds no Ed25519 private key`);
  }
}

async function checkLocks(notes: Notes, folder: AbsPath): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => one.endsWith('.lock'))) {
    const path = childPath(folder, name);
    const found = await statOrUndefined(path);
    if (found === undefined || !found.isFile() || Date.now() - found.mtimeMs < YOUNG_MS) continue;
    const owner = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10);
    if (owner > 0 && isAlive(owner)) continue;
    const whose = owner > 0 ? `process ${owner}, which is gone` : 'no process';
    notes.finding('LOCK_STALE', `The lock ${path} is held by ${whose}`, {
      async fix() {
        await rm(path, { force: true });
        return `removed ${path}`;
      },
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return (await statOrUndefined(path)) !== undefined;
}

async function statOrUndefined(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR' || errnoOf(error) === 'EACCES') return undefined;
    throw error;
  }
}
