import type { Cli, ExitCode } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { reportError } from '../../platform/report-error.ts';
import { install } from '../control/add-host.ts';
import { findSshHost, updateHostRecord } from '../engine/config/edit-hosts.ts';
import { type HostRecord, readHosts } from '../engine/config/hosts-file.ts';
import { connect } from '../link/connect.ts';
import { launcherCommand } from '../link/launcher-command.ts';
import { runRemote } from '../link/remote-shell.ts';
import { askHostKey } from './ask-host-key.ts';
import { INSTALLER } from './installer.ts';
import { reloadAgent } from './with-agent.ts';

/** One host after the other; those that fail are reported, the rest goes on. */
export async function hostUpgrade(
  cli: Cli,
  name: string | undefined,
  { shipNode, all }: { readonly shipNode?: true; readonly all?: true },
): Promise<ExitCode> {
  if (all && name !== undefined) throw new DsyncError('BAD_INPUT', 'Either one host or --all');
  const hosts = readHosts(cli.home);
  let code: ExitCode = 0;
  for (const host of name === undefined ? hosts : [findSshHost(hosts, name)]) {
    if (host.paired !== undefined) {
      cli.note(`${host.name}: left alone, since it is paired; upgrade it there`);
      continue;
    }
    try {
      await upgrade(cli, host, shipNode === true);
    } catch (error) {
      if (cli.signal.aborted || name !== undefined) throw error;
      reportError(error, cli);
      code = 1;
    }
  }
  await reloadAgent(cli);
  return code;
}

async function upgrade(cli: Cli, host: HostRecord, shipNode: boolean): Promise<void> {
  const { name, destination, transport } = host;
  const connecting = { transport, askHostKey: askHostKey(cli, { acceptNew: false }), signal: cli.signal };
  const onProgress = (text: string): void => cli.note(cli.colors.dim(`${name}: ${text}`));
  const { facts, deployed } = await install({ destination, shipNode, onProgress, ...connecting }, INSTALLER);
  const { bridgeCommand, hash } = deployed;
  const upgraded = await updateHostRecord(cli.home, name, { bridgeCommand, hash, facts: { ...facts } });
  if (deployed.fresh) await restartThere();
  cli.print(`${name}: ${deployed.fresh ? 'upgraded to' : 'has already'} ${hash}`);

  async function restartThere(): Promise<void> {
    const session = await connect(destination, connecting);
    try {
      const { code, stderr } = await runRemote(session, launcherCommand(upgraded, 'restart'), { signal: cli.signal });
      if (code === 0) return;
      throw new DsyncError(
        'DEPLOY_FAILED',
        `${name} has the new version, but its agent did not restart: ${stderr.trim()}`,
        {
          cure: `Restart it there: dsync restart`,
        },
      );
    } finally {
      session.close();
    }
  }
}
