import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Execute } from '../../platform/cli.ts';
import { SERVICES, type Service, SHELLS, type Shell } from '../setup/choices.ts';
import type { JsonOption } from './host-commands.ts';

export interface SetupHost {
  readonly name: string;
  readonly destination: string;
}

export interface SetupOptions extends JsonOption {
  readonly yes?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly uninstall?: true | undefined;
  readonly purge?: true | undefined;
  readonly name?: string | undefined;
  readonly host?: readonly SetupHost[] | undefined;
  readonly acceptNew?: true | undefined;
  readonly shipNode?: true | undefined;
  readonly root?: readonly string[] | undefined;
  readonly shell: Shell | 'auto' | 'none';
  readonly prompt?: true | undefined;
  readonly service: Service | 'auto';
  /** False with --no-links. */
  readonly links: boolean;
  /** False with --no-start. */
  readonly start: boolean;
  readonly installMissing?: true | undefined;
  readonly sshKey?: true | undefined;
  readonly sshCopyId?: true | undefined;
  readonly sshSharing?: true | undefined;
}

export function addSetupCommands(program: Command, execute: Execute): void {
  program
    .command('setup')
    .description('set this machine up: commands on the PATH, shell, service, first host and folders; or take it back')
    .option('-y, --yes', 'ask nothing; do what the options say')
    .option('--dry-run', 'print what would be done, and do nothing')
    .option('--host <name[=destination]>', 'link to this host; may be given more than once', collectHost)
    .option('--accept-new', 'accept unknown host keys without asking')
    .option('--ship-node', 'bring Node.js along to hosts that have none')
    .option('--root <path>', 'keep this folder in sync with all hosts; may be given more than once', collectText)
    .option('--name <name>', 'what this host is called')
    .addOption(
      new Option('--shell <shell>', 'whose rc file gets the one line')
        .choices(['auto', ...SHELLS, 'none'])
        .default('auto'),
    )
    .option('--prompt', 'show the state of the sync in the prompt')
    .addOption(
      new Option('--service <kind>', 'what starts the agent by itself').choices(['auto', ...SERVICES]).default('auto'),
    )
    .option('--no-links', 'no links in ~/.local/bin')
    .option('--no-start', 'do not start the agent')
    .option('--install-missing', 'install missing programs (ssh, rsync, tmux, git) by the package manager')
    .option('--ssh-key', 'make an Ed25519 key if there is no key')
    .option('--ssh-copy-id', 'copy the key to the hosts with ssh-copy-id, which asks for a password')
    .option('--ssh-sharing', 'share ssh connections to the hosts: one Include line in ~/.ssh/config')
    .option('--uninstall', 'take back all that setup did; files in sync, settings and state stay')
    .option('--purge', 'with --uninstall: remove settings, state and the trash of every root as well')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      `
In a terminal it asks for what the options do not say. Run again, it changes nothing that is right.

Example:
  dsync setup
  dsync setup --yes --host gpu --root ~/code --accept-new
  dsync setup --dry-run
  dsync setup --uninstall`,
    )
    .action((options: SetupOptions) => execute(async (cli) => (await import('./setup.ts')).setup(cli, options)));
}

function collectHost(text: string, before: readonly SetupHost[] = []): readonly SetupHost[] {
  const [, name, destination] = /^([^=]+)(?:=(.+))?$/s.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('It should be NAME or NAME=DESTINATION.');
  return [...before, { name, destination: destination ?? name }];
}

function collectText(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
