import { readFileSync, realpathSync, statSync } from 'node:fs';
import { absPath, userHome } from '../../platform/abs-path.ts';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { formatBytes, formatTable } from '../../platform/format.ts';
import { isHostName } from '../../platform/own-host-name.ts';
import { visible } from '../../platform/visible.ts';
import { readSettings } from '../engine/config/settings.ts';
import { fileFault, looksSecret, variableFault } from '../engine/environment/carried.ts';
import {
  accept,
  type EnvironmentItem,
  isAccepted,
  itemKey,
  listEnvironment,
  readAcceptance,
  readItem,
  removeItem,
  writeAcceptance,
  writeItem,
} from '../engine/environment/environment-files.ts';
import { MAX_FILE_BYTES } from '../engine/environment/mirror-files.ts';
import { writeShellEnv } from '../engine/environment/write-shell-env.ts';
import type { EnvOptions } from './env-commands.ts';
import type { JsonOption } from './host-commands.ts';
import { reloadAgent } from './with-agent.ts';

interface Added {
  readonly item: Omit<EnvironmentItem, 'path'>;
  readonly content: string | Uint8Array;
  readonly mode?: number;
}

/** All are checked before the first is written. */
export async function envAdd(cli: Cli, names: readonly string[], options: EnvOptions): Promise<ExitCode> {
  checkHost(options.host);
  const added = names.map((name) => (options.file ? fileToAdd(name, options) : variableToAdd(name, options)));
  const items = listEnvironment(cli.home);
  for (const { item, content, mode } of added) {
    // What was a secret and is one no longer, or the other way round, is in one place only.
    for (const former of items) if (isSameThing(former, item) && former.kind !== item.kind) removeItem(former);
    writeItem(cli.home, item, content, mode === undefined ? {} : { mode });
  }
  accept(
    cli.home,
    added.map(({ item }) => itemKey(item)),
  );
  await takeEffect(cli);
  const where = options.host === undefined ? 'all hosts' : `${options.host} alone`;
  for (const { item } of added) cli.print(`${itemKey(item)} is carried to ${where}`);
  return 0;
}

export async function envLs(cli: Cli, { json }: JsonOption): Promise<ExitCode> {
  const acceptance = readAcceptance(cli.home);
  const items = listEnvironment(cli.home).map((item) => ({ ...item, accepted: isAccepted(item, acceptance) }));
  const shown = items.map((item) => {
    const content = readItem(item);
    return { ...item, content, value: item.kind === 'variable' ? content.toString('utf8') : undefined };
  });
  if (json) {
    cli.printJson({
      items: shown.map(({ kind, host, accepted, value, content, ...item }) => ({
        kind,
        name: itemKey({ kind, ...item }),
        host: host ?? null,
        accepted,
        ...(value !== undefined && { value }),
        sizeBytes: content.length,
      })),
    });
  } else {
    const rows = shown.map(({ value, content, host, accepted, ...item }) => [
      cli.colors.bold(visible(itemKey(item))),
      value === undefined ? `${item.kind}, ${formatBytes(content.length)}` : visible(value),
      host === undefined ? '' : `on ${host}`,
      accepted ? '' : '! waits for: dsync env accept',
    ]);
    for (const line of formatTable(rows)) cli.print(line);
    if (rows.length === 0) cli.note('Nothing is carried. Add something: dsync env add NAME');
  }
  return items.some(({ accepted }) => !accepted) ? 3 : 0;
}

export async function envRm(cli: Cli, names: readonly string[], options: EnvOptions): Promise<ExitCode> {
  checkHost(options.host);
  const items = listEnvironment(cli.home);
  const found = names.map((name) => {
    const key = options.file || name.includes('/') ? `~/${belowHome(name)}` : name;
    const same = items.filter(
      (item) => itemKey(item) === key && (options.host === undefined || item.host === options.host),
    );
    if (same.length === 0)
      throw new DsyncError('NOT_FOUND', `${name} is not carried. Nothing was changed.`, {
        cure: 'List what is: dsync env ls',
      });
    return { key, same };
  });
  for (const { same } of found) for (const item of same) removeItem(item);
  await takeEffect(cli);
  for (const { key } of found) cli.print(`${key} is carried no longer. Shells that run keep it.`);
  return 0;
}

export async function envAccept(cli: Cli, names: readonly string[], { all }: EnvOptions): Promise<ExitCode> {
  const items = listEnvironment(cli.home);
  if (all) writeAcceptance(cli.home, { ...readAcceptance(cli.home), trust: 'all' });
  else if (names.length === 0)
    throw new DsyncError('BAD_INPUT', 'Say what to accept', { cure: 'List what waits: dsync env ls' });
  const unknown = names.find((name) => !items.some((item) => itemKey(item) === name));
  if (unknown !== undefined)
    throw new DsyncError('NOT_FOUND', `${unknown} is not carried. Nothing was changed.`, {
      cure: 'List what is: dsync env ls',
    });
  accept(cli.home, names);
  await takeEffect(cli);
  cli.print(all ? 'All that is carried holds here.' : `${names.join(', ')}: holds here as well`);
  return 0;
}

function variableToAdd(text: string, { host, secret }: EnvOptions): Added {
  const at = text.indexOf('=');
  const name = at < 0 ? text : text.slice(0, at);
  if (secret && at >= 0)
    throw new DsyncError(
      'BAD_INPUT',
      `The value of ${name} would lie in the history of this shell. Nothing was changed.`,
      {
        cure: `Export it first, then: dsync env add --secret ${name}`,
      },
    );
  const value = at < 0 ? process.env[name] : text.slice(at + 1);
  const fault = variableFault(name, value);
  if (fault !== undefined)
    throw new DsyncError('BAD_INPUT', `${fault}. Nothing was changed.`, { cure: 'Leave it out.' });
  if (value === undefined)
    throw new DsyncError('BAD_INPUT', `${name} is not set in this shell. Nothing was changed.`, {
      cure: `Export it first, or give its value: dsync env add ${name}=VALUE`,
    });
  if (!secret && looksSecret(name))
    throw new DsyncError('BAD_INPUT', `${name} looks like a secret. Nothing was changed.`, {
      cure: `If every host may have it: export it, then dsync env add --secret ${name}`,
    });
  return { item: { kind: secret ? 'secret' : 'variable', name, ...(host && { host }) }, content: value };
}

function fileToAdd(text: string, { host, secret }: EnvOptions): Added {
  const below = belowHome(text);
  const path = absPath(text);
  const fail = (why: string, cure: string): never => {
    throw new DsyncError('BAD_INPUT', `${text} cannot be carried: ${why}. Nothing was changed.`, { cure });
  };
  const fault = fileFault(below);
  if (fault !== undefined) fail(fault, 'Leave it out.');
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return fail('there is no such file', 'Check the path.');
  if (stat.isDirectory()) return fail('it is a folder', `Keep it in sync as a root: dsync root add ${text}`);
  if (!stat.isFile() || stat.size > MAX_FILE_BYTES)
    return fail('it is no plain file of at most 1 MiB', 'Keep its folder in sync: dsync root add FOLDER');
  const mode = secret ? 0o600 : stat.mode & 0o777;
  return { item: { kind: 'file', name: below, ...(host && { host }) }, content: readFileSync(path), mode };
}

/** The path from the home, by the name that it goes by there. */
function belowHome(text: string): string {
  const homes = [userHome(), realpathSync(userHome())];
  const path = absPath(text);
  const home = homes.find((one) => path.startsWith(`${one}/`));
  return home === undefined ? '' : path.slice(home.length + 1);
}

function isSameThing(a: Omit<EnvironmentItem, 'path'>, b: Omit<EnvironmentItem, 'path'>): boolean {
  return itemKey(a) === itemKey(b) && a.host === b.host;
}

function checkHost(host: string | undefined): void {
  if (host !== undefined && !isHostName(host)) throw new DsyncError('BAD_INPUT', `“${host}” is no name of a host`);
}

/** For the next shell here at once, whether an agent runs or not. */
async function takeEffect(cli: Cli): Promise<void> {
  writeShellEnv(cli.home, { hostName: readSettings(cli.home).hostName });
  await reloadAgent(cli);
}
