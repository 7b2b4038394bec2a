/**
 * `dsync pair`: two hosts get to know each other’s device key, by the people at both of them.
 *
 * @module
 */
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { childPath } from '../../platform/abs-path.ts';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { isHostName } from '../../platform/own-host-name.ts';
import { limitTime } from '../../platform/time-limit.ts';
import { connectSocket } from '../control/client.ts';
import { addPairedHost, checkNameForPair, formatAddress, setListen } from '../engine/config/edit-pairs.ts';
import { readHosts } from '../engine/config/hosts-file.ts';
import { type ListenAddress, readPairing } from '../engine/config/pairing-file.ts';
import { PAIRED_USER } from '../engine/dial-paired.ts';
import { PAIR_SUBSYSTEM } from '../engine/pair-door.ts';
import { connectDirect } from '../link/connect.ts';
import { loadDeviceKey } from '../link/device-key.ts';
import { createLinePort, type LinePort } from '../link/line-port.ts';
import { type PairingHello, type PairingOptions, pairOver } from '../link/pairing.ts';
import type { SshSession } from '../link/ssh-session.ts';
import type { PairOptions } from './pair-commands.ts';
import { ensureAgent } from './spawn-agent.ts';
import { reloadAgent, withAgent } from './with-agent.ts';

const DEFAULT_LISTEN: ListenAddress = { address: '127.0.0.1', port: 7922 };
/** How long a listening host waits for the other one, and both for the people. */
const PATIENCE_MS = 10 * 60_000;

export async function pair(cli: Cli, address: string | undefined, { listen, name }: PairOptions): Promise<ExitCode> {
  if (name !== undefined && !isHostName(name)) {
    throw new DsyncError('BAD_INPUT', `“${name}” cannot be a host's name: A-Z a-z 0-9 . _ - only, 40 at most`);
  }
  using limit = limitTime(cli.signal, PATIENCE_MS);
  const { signal } = limit;
  if (listen === 'off') return await stopListening(cli);
  if (listen !== undefined && address === undefined) {
    return await pairListening(cli, listen === true ? DEFAULT_LISTEN : parseAddress(listen), { name, signal });
  }
  if (address === undefined || listen !== undefined) {
    throw new DsyncError('BAD_INPUT', 'Either listen, or say where the other host listens', {
      cure: 'On one host: dsync pair --listen ADDRESS:PORT; then on the other: dsync pair ADDRESS:PORT',
    });
  }
  return await pairDialing(cli, parseAddress(address), { name, signal });
}

interface Meeting {
  /** What the other host is called here; what it calls itself where undefined. */
  readonly name: string | undefined;
  readonly signal: AbortSignal;
}

async function pairListening(cli: Cli, listen: ListenAddress, { name, signal }: Meeting): Promise<ExitCode> {
  const { listen: before } = readPairing(cli.home);
  const self = await whoAmI(cli);
  await setListen(cli.home, listen);
  await reloadAgent(cli);
  const window = await connectSocket(cli.home.socket);
  try {
    window.write('{"open":"pair"}\n');
    const port = createLinePort(window);
    const door = await port.next(doorSchema, { signal });
    if ('fault' in door) {
      await setListen(cli.home, before);
      await reloadAgent(cli);
      throw new DsyncError('BAD_STATE', `Could not listen at ${formatAddress(listen)}: ${door.fault}`, {
        cure: 'Choose another address or port, or see: dsync logs',
      });
    }
    cli.note(`Listening at ${formatAddress(door.listening)}. On the other host:`);
    cli.note(`  dsync pair ${formatAddress(door.listening)}`);
    const { peer } = await port.next(guestSchema, { signal });
    cli.note(`A host asks from ${peer.address}.`);
    const ownKey = ownPublicKey(cli);
    const meeting = { role: 'listener', ownKey, peerKey: peer.publicKey, self, signal } as const;
    return await meet(cli, port, meeting, { name, address: undefined });
  } finally {
    window.destroy();
  }
}

async function pairDialing(cli: Cli, address: ListenAddress, { name, signal }: Meeting): Promise<ExitCode> {
  const self = await whoAmI(cli);
  let peerKey = '';
  let session: SshSession;
  try {
    session = await connectDirect({
      host: address.address,
      port: address.port,
      username: PAIRED_USER,
      privateKey: loadDeviceKey(childPath(cli.home.state, 'key')).privateKey,
      hostKey: (line) => {
        peerKey = line;
      },
      signal,
    });
  } catch (error) {
    if (!(error instanceof DsyncError) || error.code !== 'SSH_AUTH') throw error;
    throw new DsyncError('SSH_AUTH', `Nobody waits for a host to be paired at ${formatAddress(address)}`, {
      cause: error,
      cure: 'On that host, first: dsync pair --listen ADDRESS:PORT',
    });
  }
  try {
    const stream = await session.subsystem(PAIR_SUBSYSTEM).catch((cause: unknown) => {
      throw new DsyncError('HOST_UNREACHABLE', `${formatAddress(address)} does not pair just now`, {
        cause,
        cure: 'On that host: dsync pair --listen ADDRESS:PORT',
      });
    });
    const meeting = { role: 'dialer', ownKey: ownPublicKey(cli), peerKey, self, signal } as const;
    return await meet(cli, createLinePort(stream), meeting, { name, address });
  } finally {
    session.close();
  }
}

async function meet(
  cli: Cli,
  port: LinePort,
  meeting: Omit<PairingOptions, 'accept'>,
  { name, address }: { readonly name: string | undefined; readonly address: ListenAddress | undefined },
): Promise<ExitCode> {
  const { peerKey, self } = meeting;
  const nameOf = (peer: PairingHello): string => name ?? peer.hostName;
  const peer = await pairOver(port, {
    ...meeting,
    async accept(code, other, asking) {
      if (other.hostId === self.hostId) throw new DsyncError('SAME_AGENT', 'That is this very agent');
      checkNameForPair(readHosts(cli.home), nameOf(other), peerKey);
      return await ask(cli, code, other, asking.signal);
    },
  });
  const called = nameOf(peer);
  await addPairedHost(cli.home, called, {
    key: peerKey,
    hostId: peer.hostId,
    ...(address !== undefined && { address: address.address, port: address.port }),
    pairedAt: new Date().toISOString(),
    revoked: false,
  });
  await reloadAgent(cli);
  cli.print(`${cli.colors.green('✓ paired')}  ${cli.colors.bold(called)}`);
  cli.note(`Keep a folder in sync with it: dsync root add PATH --host ${called}`);
  return 0;
}

/** Shows the code; the answer comes from the terminal, or as a line on stdin. */
async function ask(cli: Cli, code: string, { hostName }: PairingHello, signal: AbortSignal): Promise<boolean> {
  cli.print(`code ${cli.colors.bold(code)}`);
  const message = `Does ${hostName} show the same code? Yes lets it in`;
  if (cli.canAsk) {
    const { confirm } = await import('@inquirer/prompts');
    return await confirm({ message, default: false }, { output: process.stderr, signal });
  }
  cli.note(`${message} (a line with yes on stdin)`);
  const lines = createInterface({ input: process.stdin });
  const end = (): void => lines.close();
  signal.addEventListener('abort', end, { once: true });
  try {
    for await (const line of lines) return line.trim() === 'yes';
    return false;
  } finally {
    signal.removeEventListener('abort', end);
    lines.close();
    process.stdin.destroy();
  }
}

async function stopListening(cli: Cli): Promise<ExitCode> {
  await setListen(cli.home, undefined);
  await reloadAgent(cli);
  cli.print('This host does not listen any more. Hosts that it dials stay linked.');
  return 0;
}

async function whoAmI(cli: Cli): Promise<PairingHello> {
  await ensureAgent(cli.home, { signal: cli.signal });
  const { hostId, hostName } = await withAgent(cli, (agent) => agent.call('ping', {}, { signal: cli.signal }));
  return { hostId, hostName };
}

function ownPublicKey(cli: Cli): string {
  return loadDeviceKey(childPath(cli.home.state, 'key')).publicKey;
}

/** `ADDRESS`, `ADDRESS:PORT`, `[IPV6]:PORT`, `:PORT`. */
function parseAddress(text: string): ListenAddress {
  const [, ipv6, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = digits === undefined ? DEFAULT_LISTEN.port : Number(digits);
  if ((ipv6 ?? plain) === undefined || port < 1 || port > 65_535) {
    throw new DsyncError('BAD_INPUT', `“${text}” is no address`, {
      cure: 'Give ADDRESS:PORT, such as 192.168.1.20:7922 or [fd00::20]:7922',
    });
  }
  return { address: ipv6 || plain || DEFAULT_LISTEN.address, port };
}

const doorSchema = z.union([
  z.object({ fault: z.string() }),
  z.object({ listening: z.object({ address: z.string(), port: z.number() }) }),
]);
const guestSchema = z.object({
  peer: z.object({ publicKey: z.string().startsWith('ssh-ed25519 '), address: z.string() }),
});
