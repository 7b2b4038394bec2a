import type { Cli, ExitCode } from '../../platform/cli.ts';
import { withThisHost } from '../protocol/host-steps.ts';
import { openOtherHosts } from '../protocol/hosts.ts';
import { recover } from '../protocol/recover.ts';
import { noteRecovered } from './note-recovered.ts';

export function upkeep(cli: Cli): Promise<ExitCode> {
  return withThisHost<ExitCode>({ home: cli.home }, async (self) => {
    await using hosts = openOtherHosts(self);
    noteRecovered(
      cli,
      await recover({ host: self.host, own: self.side, reach: hosts.reach.bind(hosts), signal: cli.signal }),
    );
    return 0;
  });
}
