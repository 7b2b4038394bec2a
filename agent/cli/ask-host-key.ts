import type { Cli } from '../../platform/cli.ts';
import type { AskHostKey } from '../link/ssh-session.ts';

/** Shows an unknown key's fingerprint and asks; undefined where there is no terminal to ask in. */
export function askHostKey(cli: Cli, { acceptNew }: { readonly acceptNew: boolean }): AskHostKey | undefined {
  if (!acceptNew && !cli.canAsk) return undefined;
  return async ({ host, port, type, fingerprint }) => {
    cli.note(`${host}${port === 22 ? '' : ` port ${port}`} shows a key that this host does not know yet:`);
    cli.note(`  ${type} ${fingerprint}`);
    if (acceptNew) return true;
    const { confirm } = await import('@inquirer/prompts');
    const message = 'Is that the key of this host? Yes trusts it from here on';
    return confirm({ message, default: false }, { output: process.stderr, signal: cli.signal });
  };
}
