import type { Cli, ExitCode } from '../../platform/cli.ts';
import { removeHostRecord } from '../engine/config/edit-hosts.ts';
import { reloadAgent } from './with-agent.ts';

export async function hostRm(cli: Cli, name: string): Promise<ExitCode> {
  const host = await removeHostRecord(cli.home, name);
  cli.print(`${name} (${host.destination}) is no longer linked. No file was touched, here or there.`);
  await reloadAgent(cli);
  return 0;
}
