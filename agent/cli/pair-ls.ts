import type { Cli, ExitCode } from '../../platform/cli.ts';
import { formatTable } from '../../platform/format.ts';
import { formatAddress, revokePairedHost } from '../engine/config/edit-pairs.ts';
import { readHosts } from '../engine/config/hosts-file.ts';
import { readPairing } from '../engine/config/pairing-file.ts';
import { publicKeyFingerprint } from '../link/device-key.ts';
import type { JsonOption } from './host-commands.ts';
import { reloadAgent } from './with-agent.ts';

export function pairLs(cli: Cli, { json }: JsonOption): Promise<ExitCode> {
  const { listen } = readPairing(cli.home);
  const hosts = readHosts(cli.home).flatMap(({ name, paired }) => {
    if (paired === undefined) return [];
    const { key, address, port, pairedAt, revoked } = paired;
    const at = address === undefined || port === undefined ? null : formatAddress({ address, port });
    return [{ name, fingerprint: publicKeyFingerprint(key), address: at, pairedAt, revoked }];
  });
  const listening = listen === undefined ? null : formatAddress(listen);
  if (json) cli.printJson({ listening, hosts });
  else {
    const rows = hosts.map(({ name, fingerprint, address, pairedAt, revoked }) => [
      cli.colors.bold(name),
      address ?? 'dials this host',
      fingerprint,
      pairedAt.slice(0, 10),
      revoked ? cli.colors.red('✗ revoked') : '',
    ]);
    for (const line of formatTable(rows)) cli.print(line);
    if (hosts.length === 0)
      cli.note('No paired hosts. Pair one: dsync pair --listen, and dsync pair ADDRESS:PORT there');
    cli.note(listening === null ? 'This host does not listen.' : `This host listens at ${listening}.`);
  }
  return Promise.resolve(0);
}

export async function pairRevoke(cli: Cli, name: string): Promise<ExitCode> {
  await revokePairedHost(cli.home, name);
  await reloadAgent(cli);
  cli.print(`The key of ${name} is refused from now on. No file was touched, here or there.`);
  cli.note(`Forget it altogether: dsync host rm ${name}. Pair anew: dsync pair`);
  return 0;
}
