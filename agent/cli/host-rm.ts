import { removeHostRecord } from '../engine/config/edit-hosts.ts';
import { type Cli, type ExitCode, reloadAgent } from './cli.ts';

export async function hostRm(cli: Cli, name: string): Promise<ExitCode> {
  const host = await removeHostRecord(cli.home, name);
  cli.print(`${name} (${host.destination}) is no longer linked. No file was touched, here or there.`);
  await reloadAgent(cli);
  return 0;
}
