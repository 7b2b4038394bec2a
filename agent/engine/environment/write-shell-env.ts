import { mkdirSync } from 'node:fs';
import { childPath } from '../../../platform/abs-path.ts';
import type { Home } from '../../../platform/home.ts';
import { replaceText, shellFolder } from '../shell-files.ts';
import { variableFault } from './carried.ts';
import { effectiveItems, listEnvironment, readAcceptance, readItem } from './environment-files.ts';
import { renderFish, renderSh, type Variable } from './render.ts';

/** Writes env.sh and env.fish for the shells of this host, readable by this user alone. */
export function writeShellEnv(home: Home, { hostName }: { readonly hostName: string }): void {
  const items = effectiveItems(listEnvironment(home), { hostName, acceptance: readAcceptance(home) });
  const variables = items.flatMap((item): Variable[] => {
    if (item.kind === 'file') return [];
    const value = readItem(item).toString('utf8');
    return variableFault(item.name, value) === undefined ? [{ name: item.name, value }] : [];
  });
  variables.sort((a, b) => (a.name < b.name ? -1 : 1));
  const folder = shellFolder(home);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  replaceText(childPath(folder, 'env.sh'), renderSh(variables));
  replaceText(childPath(folder, 'env.fish'), renderFish(variables));
}
