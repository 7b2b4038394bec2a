/**
 * Asks Tailscale and ZeroTier, where they are installed, how a host is reached.
 *
 * @module
 */
import { lookup } from 'node:dns/promises';
import { capture } from '../../platform/capture.ts';
import { tailscaleWay, type Way, zerotierWay } from './relay.ts';

/** @param hostname what ssh connects to. Undefined where neither tool knows the address. */
export async function findWay(
  hostname: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<Way | undefined> {
  const addresses = await lookup(hostname, { all: true }).catch(() => []);
  if (addresses.length === 0) return undefined;
  const ask = async (program: string, ...args: string[]): Promise<string> =>
    (await capture(program, args, { signal, killSignal: 'SIGKILL' })).stdout;
  const tailscale = await ask('tailscale', 'status', '--json');
  for (const { address } of addresses) {
    const way = tailscaleWay(tailscale, address);
    if (way !== undefined) return way;
  }
  const [networks, peers] = await Promise.all([
    ask('zerotier-cli', '-j', 'listnetworks'),
    ask('zerotier-cli', '-j', 'peers'),
  ]);
  if (networks === '') return undefined;
  for (const { address } of addresses) {
    const mac = await hardwareAddress(address, ask);
    const way = mac === undefined ? undefined : zerotierWay({ networks, peers, mac });
    if (way !== undefined) return way;
  }
  return undefined;
}

/** Of a neighbour, as the kernel has it. */
async function hardwareAddress(
  address: string,
  ask: (program: string, ...args: string[]) => Promise<string>,
): Promise<string | undefined> {
  const text =
    process.platform === 'darwin' ? await ask('arp', '-n', address) : await ask('ip', 'neigh', 'show', address);
  return /\b([0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5})\b/i
    .exec(text)?.[1]
    ?.split(':')
    .map((part) => part.padStart(2, '0'))
    .join(':');
}
