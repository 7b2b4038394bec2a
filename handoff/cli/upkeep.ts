import type { Cli, ExitCode } from '../../platform/cli.ts';
import { autoSave } from '../protocol/auto-save.ts';
import { catchUp } from '../protocol/catch-up.ts';
import { withThisHost } from '../protocol/host-steps.ts';
import { openOtherHosts } from '../protocol/hosts.ts';
import { noteCaughtUp } from './note-recovered.ts';

/** What the agent starts now and then, and tmux when somebody detaches. Nobody waits for it. */
export function upkeep(cli: Cli): Promise<ExitCode> {
  return withThisHost<ExitCode>({ home: cli.home }, async (self) => {
    await using hosts = openOtherHosts(self);
    const { signal } = cli;
    noteCaughtUp(cli, await catchUp(cli.home, self, { hosts, signal }));
    await autoSave(cli.home, self, { signal });
    return 0;
  });
}
