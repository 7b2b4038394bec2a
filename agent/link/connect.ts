/**
 * Opens a session to a host, by whichever program can.
 *
 * @module
 */
import { timingSafeEqual } from 'node:crypto';
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import { createDeadline } from './connect-deadline.ts';
import { connectTcp } from './connect-socket.ts';
import { findIdentities } from './identities.ts';
import { fingerprint, keyType } from './known-hosts.ts';
import { createHostKeyVerifier } from './known-hosts-verify.ts';
import { openOpenSshSession } from './openssh-session.ts';
import { hopToDestination, spawnJump, spawnProxyCommand } from './proxy.ts';
import { resolveDestination, type SshConfig } from './resolve.ts';
import type { AskHostKey, ConnectOptions, SshSession } from './ssh-session.ts';
import { openSsh2Session, type Ssh2Session } from './ssh2-session.ts';

const DEFAULT_TIMEOUT_MS = 15_000;
const MAX_HOPS = 8;

interface Attempt {
  readonly transport: 'auto' | 'ssh2' | 'openssh';
  readonly askHostKey: AskHostKey | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/**
 * @param destination what `ssh` would take: an alias, `user@host`, `ssh://user@host:port`
 * @param options `env`: where `ssh` is looked for, and the agent; this process's own by default
 * @throws {DsyncError} HOST_UNREACHABLE, SSH_AUTH, SSH_CONFIG, HOST_KEY_UNKNOWN, HOST_KEY_CHANGED; and the signal's reason
 */
export async function connect(
  destination: string,
  options: ConnectOptions & { readonly env?: NodeJS.ProcessEnv } = {},
): Promise<SshSession> {
  const { transport = 'auto', askHostKey, timeoutMs = DEFAULT_TIMEOUT_MS, env = process.env } = options;
  using deadline = createDeadline(timeoutMs, () => late(destination, timeoutMs), { signal: options.signal });
  const { signal } = deadline;
  const attempt: Attempt = {
    transport,
    askHostKey: askHostKey && ((key) => deadline.pausedWhile(() => askHostKey(key))),
    env,
    signal,
    timeoutMs,
  };
  const config = await resolveDestination(destination, { env, signal });
  // `await`: the deadline is over once this function returns.
  if (transport === 'ssh2') return await connectSsh2(config, attempt);
  if (transport === 'openssh') return await connectOpenSsh(destination, config, attempt);
  try {
    return await connectSsh2(config, attempt);
  } catch (failed) {
    if (!openSshMayDoBetter(failed)) throw failed;
    try {
      return await connectOpenSsh(destination, config, attempt);
    } catch (error) {
      // Both were refused: ours says more.
      throw error instanceof DsyncError && error.code === 'SSH_AUTH' && isSshAuth(failed) ? failed : error;
    }
  }
}

/**
 * Opens a session to an embedded server, or any other whose key is known beforehand; no file of the user is read.
 *
 * @param hostKey `SHA256:…`, which it must show; or a function that is told which one it shows, as a public key line
 * @throws {DsyncError} HOST_UNREACHABLE, SSH_AUTH, HOST_KEY_CHANGED; and the signal's reason
 */
export async function connectDirect({
  host,
  port,
  username,
  privateKey,
  hostKey,
  signal,
  timeoutMs = DEFAULT_TIMEOUT_MS,
}: {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly privateKey: string;
  readonly hostKey: string | ((line: string) => void);
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}): Promise<SshSession> {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw new DsyncError('BAD_INPUT', `The private key cannot be read: ${key.message}`);
  using deadline = createDeadline(timeoutMs, () => late(host, timeoutMs), { signal });
  return await openSsh2Session({
    host,
    socket: await connectTcp({ host, hostname: host, port }, { signal: deadline.signal }),
    username,
    methods: [{ type: 'publickey', username, key }],
    tried: "this host's own key",
    knownKeyTypes: [],
    async verifyHostKey(shown) {
      if (typeof hostKey !== 'string') {
        hostKey(`${keyType(shown)} ${shown.toString('base64')}`);
        return;
      }
      const actual = Buffer.from(fingerprint(shown));
      const expected = Buffer.from(hostKey.replace(/=+$/, ''));
      if (actual.length === expected.length && timingSafeEqual(actual, expected)) return;
      throw new DsyncError(
        'HOST_KEY_CHANGED',
        `${host} shows another key than expected: ${keyType(shown)} ${fingerprint(shown)}`,
        {
          cure: 'If that host was set up anew, pair with it again. If not, someone may be in between.',
        },
      );
    },
    signal: deadline.signal,
  });
}

async function connectSsh2(config: SshConfig, attempt: Attempt, { depth = 0 } = {}): Promise<Ssh2Session> {
  const { signal, askHostKey, transport } = attempt;
  const verifier = await createHostKeyVerifier(config, { askHostKey });
  if (verifier.wantsCertificate && verifier.knownTypes.length === 0 && transport === 'auto') {
    throw new DsyncError('UNSUPPORTED', `${config.host} proves itself by a certificate, which needs the system's ssh`);
  }
  const identities = await findIdentities(config, { signal });
  const socket = await openSocket(config, attempt, depth);
  return openSsh2Session({
    host: config.host,
    socket,
    username: config.user,
    methods: identities.methods,
    tried: identities.tried,
    knownKeyTypes: verifier.knownTypes,
    verifyHostKey: verifier.verify,
    signal,
  });
}

async function openSocket(config: SshConfig, attempt: Attempt, depth: number): Promise<Duplex> {
  if (config.proxyJump.length > 0) return throughJump(config, attempt, depth);
  if (config.proxyCommand !== undefined) return spawnProxyCommand(config.proxyCommand, attempt);
  const { connectTimeoutMs = attempt.timeoutMs } = config;
  using limit = createDeadline(connectTimeoutMs, () => late(config.host, connectTimeoutMs), attempt);
  return await connectTcp(config, limit);
}

async function throughJump(config: SshConfig, attempt: Attempt, depth: number): Promise<Duplex> {
  const hops = config.proxyJump;
  const last = hops.at(-1) ?? '';
  if (depth >= MAX_HOPS) throw new DsyncError('SSH_CONFIG', `The jump hosts of ${config.host} go round in a circle`);
  const own = await resolveDestination(hopToDestination(last), attempt);
  const before = hops.slice(0, -1);
  const hop = before.length === 0 ? own : { ...own, proxyJump: before, proxyCommand: undefined };
  let jump: Ssh2Session;
  try {
    jump = await connectSsh2(hop, attempt, { depth: depth + 1 });
  } catch (error) {
    if (attempt.transport === 'auto' && openSshMayDoBetter(error)) return spawnJump(hops, config, attempt);
    throw error;
  }
  const { signal } = attempt;
  const giveUp = (): void => jump.close();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const socket = await jump.connectTcp(config.hostname, config.port);
    socket.once('close', () => jump.close());
    return socket;
  } catch (cause) {
    jump.close();
    signal.throwIfAborted();
    throw new DsyncError('HOST_UNREACHABLE', `Could not reach ${config.host} through ${last}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function connectOpenSsh(destination: string, config: SshConfig, attempt: Attempt): Promise<SshSession> {
  try {
    return await openOpenSshSession({ destination, ...attempt });
  } catch (error) {
    const canAsk = attempt.askHostKey !== undefined && config.strictHostKeyChecking === 'ask';
    if (!canAsk || !(error instanceof DsyncError) || error.code !== 'HOST_KEY_UNKNOWN') throw error;
  }
  await learnHostKey(config, attempt);
  return openOpenSshSession({ destination, ...attempt });
}

/** Has the host show its key, asks whether it is right, and records it: ssh itself could ask in a terminal alone. */
async function learnHostKey(config: SshConfig, attempt: Attempt): Promise<void> {
  try {
    const session = await connectSsh2(config, attempt);
    session.close();
  } catch (error) {
    if (!isSshAuth(error)) throw error;
  }
}

function openSshMayDoBetter(error: unknown): boolean {
  return error instanceof DsyncError && (error.code === 'SSH_AUTH' || error.code === 'UNSUPPORTED');
}

function isSshAuth(error: unknown): boolean {
  return error instanceof DsyncError && error.code === 'SSH_AUTH';
}

function late(host: string, limitMs: number): DsyncError {
  return new DsyncError('HOST_UNREACHABLE', `Could not reach ${host} within ${Math.round(limitMs / 1000)} s`);
}
