/**
 * Other tools that sync a folder as well, by the marks they leave.
 *
 * @module
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What lies in a folder that the tool syncs. */
const MARKS = [
  ['.stfolder', 'Syncthing'],
  ['.dropbox', 'Dropbox'],
  ['.dropbox.cache', 'Dropbox'],
  ['.owncloudsync.log', 'ownCloud'],
  ['.nextcloudsync.log', 'Nextcloud'],
  ['.sync/ID', 'Resilio Sync'],
  ['.tmp.driveupload', 'Google Drive'],
] as const;

/** Folders below a home that a tool owns. */
const OWNED = [
  ['Library/Mobile Documents', 'iCloud Drive'],
  ['Library/CloudStorage', 'a cloud storage of macOS'],
  ['Dropbox', 'Dropbox'],
  ['OneDrive', 'OneDrive'],
  ['Google Drive', 'Google Drive'],
] as const;

/** Whole files of a Mutagen session are read up to this size; they hold a few paths. */
const SESSION_BYTES = 256 * 1024;

export interface OtherSync {
  readonly tool: string;
  /** Where that shows. */
  readonly mark: string;
}

/** @param folder absolute; its parents are looked at as well, up to the home */
export async function findOtherSync(
  folder: string,
  { home }: { readonly home: string },
): Promise<readonly OtherSync[]> {
  const found: OtherSync[] = [];
  const add = (tool: string, mark: string): void => {
    if (!found.some((one) => one.tool === tool)) found.push({ tool, mark });
  };
  for (let at = folder; ; at = dirname(at)) {
    for (const [name, tool] of MARKS) if (await exists(`${at}/${name}`)) add(tool, `${at}/${name}`);
    if (at === home || at === dirname(at)) break;
  }
  for (const [below, tool] of OWNED) {
    const owned = `${home}/${below}`;
    if ((folder === owned || folder.startsWith(`${owned}/`)) && (await exists(owned))) add(tool, owned);
  }
  const session = await mutagenSession(folder, home);
  if (session !== undefined) add('Mutagen', session);
  return found;
}

/** Mutagen keeps a file for each session, with both paths in it as they are. */
async function mutagenSession(folder: string, home: string): Promise<string | undefined> {
  const sessions = `${home}/.mutagen/sessions`;
  for (const name of await readdir(sessions).catch(() => [])) {
    const path = `${sessions}/${name}`;
    const text = await readFile(path, 'latin1').catch(() => '');
    const bytes = Buffer.from(folder).toString('latin1');
    if (text.length < SESSION_BYTES && namesPath(text, bytes)) return path;
  }
  return undefined;
}

/** Whether the path stands there as a whole, not as the start of another name. Pure. */
export function namesPath(text: string, path: string): boolean {
  for (let at = text.indexOf(path); at >= 0; at = text.indexOf(path, at + 1)) {
    const next = text.charAt(at + path.length);
    if (!/[\w.\-~ ]/.test(next)) return true;
  }
  return false;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
