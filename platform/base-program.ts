import { Command } from 'commander';
import { VERSION } from './version.ts';

/** A program as all of ours are: its version, its help, and faults in its usage that name the help. */
export function createBaseProgram(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print what a command does, with an example')
    .helpCommand('help [command]', 'print what a command does')
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError(`(${name} help COMMAND says more)`)
    .exitOverride();
}
