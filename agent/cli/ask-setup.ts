/**
 * The questions of `dsync setup` in a terminal: for what the options leave open.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { checkbox, confirm, input } from '@inquirer/prompts';
import type { SetupContext } from '../../install.ts';
import type { Cli } from '../../platform/cli.ts';
import { isHostName, ownHostName } from '../../platform/own-host-name.ts';
import { readHosts } from '../engine/config/hosts-file.ts';
import { planMissing } from '../setup/missing-programs.ts';
import { shellOf } from '../setup/shells.ts';
import { planKey } from '../setup/ssh.ts';
import type { SetupHost, SetupOptions } from './setup-commands.ts';

export async function askSetup(cli: Cli, given: SetupOptions, context: SetupContext): Promise<SetupOptions> {
  const options = { output: process.stderr, signal: cli.signal };
  const ask = (message: string, usual = true): Promise<boolean> => confirm({ message, default: usual }, options);
  const { command } = planMissing({ path: context.path, install: false });
  const installMissing =
    given.installMissing ?? (command !== undefined && (await ask(`Install what is missing? ${command.join(' ')}`)));
  const isNew = !existsSync(`${cli.home.config}/settings.json`);
  const name = given.name ?? (isNew ? await askName() : undefined);

  const shell = given.shell === 'auto' ? shellOf(context.env.SHELL) : given.shell;
  const choices = [
    { value: 'links', name: 'commands in ~/.local/bin', checked: given.links },
    { value: 'shell', name: `short commands and completion in ${shell ?? 'your shell'}`, checked: shell !== undefined },
    { value: 'prompt', name: 'the state of the sync in the prompt', checked: given.prompt === true },
    { value: 'service', name: 'a service that starts the agent by itself', checked: given.service !== 'none' },
  ];
  const wanted = await checkbox({ message: 'What shall be set up?', choices }, options);
  const hasKey = planKey(context).changes.length === 0;
  const sshKey = given.sshKey ?? (!hasKey && (await ask('There is no ssh key. Make one (Ed25519)?')));
  const hosts = given.host ?? (await askHosts());
  const sshCopyId =
    given.sshCopyId ??
    (hosts.length > 0 && (await ask('Copy your key there with ssh-copy-id? It asks for a password', false)));
  const sshSharing =
    given.sshSharing ??
    (hosts.length > 0 && (await ask('Share one connection for all your own ssh to these hosts?', false)));
  const roots = given.root ?? (await askRoots());

  return {
    ...given,
    ...yes('installMissing', installMissing),
    ...yes('sshKey', sshKey),
    ...yes('sshCopyId', sshCopyId),
    ...yes('sshSharing', sshSharing),
    ...(name !== undefined && { name }),
    prompt: wanted.includes('prompt') ? true : undefined,
    links: wanted.includes('links'),
    shell: wanted.includes('shell') ? given.shell : 'none',
    service: wanted.includes('service') ? given.service : 'none',
    host: hosts,
    root: roots,
  };

  async function askName(): Promise<string | undefined> {
    const usual = ownHostName();
    const validate = (text: string): boolean | string => isHostName(text) || 'A-Z a-z 0-9 . _ - only, 40 at most';
    const text = await input({ message: 'What is this host called?', default: usual, validate }, options);
    return text === usual ? undefined : text;
  }

  async function askHosts(): Promise<readonly SetupHost[]> {
    if (existsSync(cli.home.config) && readHosts(cli.home).length > 0) return [];
    const message = 'Which host to link to, as ssh calls it? Empty for none yet';
    const destination = (await input({ message }, options)).trim();
    if (destination === '') return [];
    const short = destination.replace(/^.*@/, '').replace(/[.:/].*$/, '');
    const validate = (text: string): boolean | string => isHostName(text) || 'A-Z a-z 0-9 . _ - only, 40 at most';
    const called = isHostName(destination)
      ? destination
      : await input({ message: 'What is it to be called?', default: short, validate }, options);
    return [{ name: called, destination }];
  }

  async function askRoots(): Promise<readonly string[]> {
    const message = 'Which folder to keep in sync? Empty for none yet';
    const path = (await input({ message }, options)).trim();
    return path === '' ? [] : [path];
  }
}

function yes<K extends string>(key: K, value: boolean): { readonly [P in K]?: true } {
  return value ? ({ [key]: true } as { readonly [P in K]?: true }) : {};
}
