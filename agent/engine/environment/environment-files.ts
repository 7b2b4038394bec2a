/**
 * The synced environment on disk: a small root of its own in the settings folder, one file a variable or dotfile.
 *
 *     variables/NAME.value   secrets/NAME.value   files/ENCODED-PATH.file   hosts/HOST/… the same, for one host
 *
 * Being a root, it travels as every root does: at once, over any number of hosts, with conflicts kept. Names are flat and
 * have endings, so that no ignore rule means one of them.
 *
 * @module
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import * as z from 'zod';
import { type AbsPath, childPath } from '../../../platform/abs-path.ts';
import { writeFileAtomic } from '../../../platform/atomic-file.ts';
import type { Home } from '../../../platform/home.ts';
import { isHostName } from '../../../platform/own-host-name.ts';
import { readSettingsFile } from '../../../platform/settings-file.ts';
import { fileFault, variableFault } from './carried.ts';

export type ItemKind = 'variable' | 'secret' | 'file';

export interface EnvironmentItem {
  readonly kind: ItemKind;
  /** Of the variable; the path below the home of a file. */
  readonly name: string;
  /** The one host that it is for; all where absent. */
  readonly host?: string;
  readonly path: AbsPath;
}

const FOLDER_BY_KIND = { variable: 'variables', secret: 'secrets', file: 'files' } as const;
const KINDS: readonly ItemKind[] = ['variable', 'secret', 'file'];

const acceptanceSchema = z.looseObject({
  trust: z
    .enum(['all', 'accepted'])
    .default('accepted')
    .describe(
      'all: the host that asked for it has a shell here anyway; accepted: names that were added or accepted here',
    ),
  accepted: z.array(z.string()).default([]),
});
export type Acceptance = z.infer<typeof acceptanceSchema>;

export function environmentFolder({ config }: Pick<Home, 'config'>): AbsPath {
  return childPath(config, 'environment');
}

/** All that is there, in the order of kinds and names; what may not be carried is left out. */
export function listEnvironment(home: Home): EnvironmentItem[] {
  const folder = environmentFolder(home);
  const hosts = namesIn(childPath(folder, 'hosts')).filter(isHostName);
  return [undefined, ...hosts].flatMap((host) =>
    KINDS.flatMap((kind) => {
      const inside = itemFolder(home, kind, host);
      return namesIn(inside).flatMap((fileName): EnvironmentItem[] => {
        const name = nameOf(kind, fileName);
        return name === undefined ? [] : [{ kind, name, ...(host && { host }), path: childPath(inside, fileName) }];
      });
    }),
  );
}

/** What holds on a host: its own overrides before what is for all; only what is accepted here. */
export function effectiveItems(
  items: readonly EnvironmentItem[],
  { hostName, acceptance }: { readonly hostName: string; readonly acceptance: Acceptance },
): EnvironmentItem[] {
  const byName = new Map<string, EnvironmentItem>();
  const forHere = items.filter(({ host }) => host === undefined || host === hostName);
  for (const item of forHere.toSorted((a, b) => Number(a.host !== undefined) - Number(b.host !== undefined))) {
    if (isAccepted(item, acceptance)) byName.set(itemKey(item), item);
  }
  return [...byName.values()];
}

export function isAccepted(item: Pick<EnvironmentItem, 'kind' | 'name'>, { trust, accepted }: Acceptance): boolean {
  return trust === 'all' || accepted.includes(itemKey(item));
}

/** One name is one thing, secret or not. */
export function itemKey({ kind, name }: Pick<EnvironmentItem, 'kind' | 'name'>): string {
  return kind === 'file' ? `~/${name}` : name;
}

export function readItem({ path }: EnvironmentItem): Buffer {
  return readFileSync(path);
}

export function writeItem(
  home: Home,
  { kind, name, host }: Omit<EnvironmentItem, 'path'>,
  content: string | Uint8Array,
  { mode = 0o600 } = {},
): void {
  ensureEnvironment(home);
  const folder = itemFolder(home, kind, host);
  const fileName = kind === 'file' ? `${encodeURIComponent(name)}.file` : `${name}.value`;
  writeFileAtomic(childPath(folder, fileName), content, { mode: kind === 'file' ? mode : 0o600 });
}

export function removeItem({ path }: EnvironmentItem): void {
  rmSync(path, { force: true });
}

/** From then on it is a root. */
export function ensureEnvironment(home: Home): void {
  mkdirSync(environmentFolder(home), { recursive: true, mode: 0o700 });
}

/** @throws {DsyncError} BAD_STATE */
export function readAcceptance(home: Home): Acceptance {
  return readSettingsFile(acceptancePath(home), acceptanceSchema, { missing: {}, code: 'BAD_STATE' });
}

export function writeAcceptance(home: Home, acceptance: Acceptance): void {
  writeFileAtomic(acceptancePath(home), `${JSON.stringify(acceptance, null, 2)}\n`);
}

export function accept(home: Home, keys: readonly string[]): void {
  const acceptance = readAcceptance(home);
  writeAcceptance(home, { ...acceptance, accepted: [...new Set([...acceptance.accepted, ...keys])].sort() });
}

function acceptancePath({ state }: Home): AbsPath {
  return childPath(state, 'environment.json');
}

function itemFolder(home: Home, kind: ItemKind, host: string | undefined): AbsPath {
  const top = environmentFolder(home);
  return childPath(host === undefined ? top : childPath(top, `hosts/${host}`), FOLDER_BY_KIND[kind]);
}

function nameOf(kind: ItemKind, fileName: string): string | undefined {
  if (kind !== 'file') {
    const name = /^(.+)\.value$/.exec(fileName)?.[1];
    return name === undefined || variableFault(name) !== undefined ? undefined : name;
  }
  const encoded = /^(.+)\.file$/.exec(fileName)?.[1];
  if (encoded === undefined) return undefined;
  try {
    const name = decodeURIComponent(encoded);
    return fileFault(name) === undefined && encodeURIComponent(name) === encoded ? name : undefined;
  } catch {
    return undefined;
  }
}

function namesIn(folder: AbsPath): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
