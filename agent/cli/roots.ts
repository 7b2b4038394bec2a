import { type AbsPath, absPath, tildePath } from '../../platform/abs-path.ts';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { formatTable } from '../../platform/format.ts';
import { addRoot, removeRoot } from '../engine/config/edit-roots.ts';
import { forgetRoot } from '../engine/config/forget-root.ts';
import { loadConfig } from '../engine/config/load-config.ts';
import type { RootRecord } from '../engine/config/roots-file.ts';
import type { JsonOption } from './host-commands.ts';
import type { RootAddOptions } from './root-commands.ts';
import { reloadAgent } from './with-agent.ts';

export async function rootAdd(
  cli: Cli,
  path: string,
  { host: hosts = [], name, json }: RootAddOptions,
): Promise<ExitCode> {
  const shown = tildePath(absPath(path));
  const root = await addRoot(cli.home, name === undefined ? { path: shown, hosts } : { path: shown, hosts, name });
  if (json) cli.printJson(rootToJson(root));
  else cli.print(`${root.name}: ${tildePath(root.path)} is kept in sync with ${hostsOf(root)}`);
  await reloadAgent(cli);
  return 0;
}

export async function rootLs(cli: Cli, { json }: JsonOption): Promise<ExitCode> {
  const { roots, problems } = await loadConfig(cli.home);
  if (json) cli.printJson({ roots: roots.map(rootToJson), problems });
  else {
    const rows = roots.map((root) => [cli.colors.bold(root.name), tildePath(root.path), hostsOf(root), stateOf(root)]);
    for (const line of formatTable(rows)) cli.print(line);
    if (roots.length === 0) cli.note('No roots. Add one: dsync root add PATH');
  }
  for (const { file, line, cause, cure } of problems) cli.note(`${file}:${line}: ${cause}\n  ${cure}`);
  return problems.length > 0 ? 3 : 0;
}

export async function rootRm(cli: Cli, target: string, { forget }: { readonly forget?: true } = {}): Promise<ExitCode> {
  const root = await removeRoot(cli.home, target);
  cli.print(`${root.name}: ${tildePath(root.path)} is no longer kept in sync. No file was touched.`);
  await reloadAgent(cli);
  if (forget) await forgetRoot(cli.home, root.id);
  return 0;
}

function rootToJson({ id, name, path, hosts, joinedFrom, paused }: RootRecord): object {
  return { id, name, path, hosts, joinedFrom: joinedFrom ?? null, paused };
}

function hostsOf({ hosts, path, joinedFrom }: RootRecord): string {
  if (joinedFrom !== undefined) return `${joinedFrom}, which asked for it`;
  if (hosts.length === 0) return 'no host yet';
  return hosts.map((host) => (isSamePlace(host.path, path) ? host.host : `${host.host}:${host.path}`)).join(', ');
}

function isSamePlace(there: string, here: AbsPath): boolean {
  return there === tildePath(here);
}

function stateOf({ paused }: RootRecord): string {
  return paused ? '‖ paused' : '';
}
