/**
 * With what a user can log in, without ever being asked: the agent's keys and the key files, in OpenSSH's order.
 *
 * Source: pubkey_prepare() in sshconnect2.c, OpenSSH 9.2: keys of the agent that the configuration names, the agent's
 * other keys, keys that lie in files alone.
 *
 * @module
 */
import ssh2, { type AnyAuthMethod, type BaseAgent, type ParsedKey } from 'ssh2';
import { messageOf } from '../../platform/failure.ts';
import { type KeyFile, readKeyFile } from './identities-file.ts';
import type { SshConfig } from './resolve.ts';

export interface Identities {
  readonly methods: readonly AnyAuthMethod[];
  /** What is tried and what was passed over, and why; for the message when none of it worked. */
  readonly tried: string;
}

/** Never throws: what cannot be used is passed over, and says so in `tried`. */
export async function findIdentities(
  config: Pick<SshConfig, 'user' | 'identityFiles' | 'identitiesOnly' | 'agentSocket'>,
  { signal }: { readonly signal: AbortSignal },
): Promise<Identities> {
  const [files, agent] = await Promise.all([
    Promise.all(config.identityFiles.map(readKeyFile)),
    config.agentSocket === undefined ? undefined : askAgent(config.agentSocket, signal),
  ]);
  const agentKeys = agent?.kind === 'ready' ? agent.keys : [];
  const { fromAgent, fromFiles } = orderKeys(files, agentKeys, { identitiesOnly: config.identitiesOnly });
  const username = config.user;
  const methods: AnyAuthMethod[] = [{ type: 'none', username }];
  if (agent?.kind === 'ready' && fromAgent.length > 0) {
    methods.push({ type: 'agent', username, agent: limitedTo(agent.agent, fromAgent) });
  }
  for (const { key } of fromFiles) methods.push({ type: 'publickey', username, key });
  return {
    methods,
    tried: describe({ files, fromAgent, agentFault: agent?.kind === 'failed' ? agent.reason : undefined, agentKeys }),
  };
}

/** Pure: which keys are tried, and in which order. A key that the agent holds is never tried once more from its file. */
export function orderKeys(
  files: readonly KeyFile[],
  agentKeys: readonly ParsedKey[],
  { identitiesOnly }: { readonly identitiesOnly: boolean },
): { readonly fromAgent: readonly ParsedKey[]; readonly fromFiles: readonly (KeyFile & { kind: 'usable' })[] } {
  const agentKeyByBlob = new Map(agentKeys.map((key) => [blobOf(key), key]));
  const named = files.flatMap((file) => {
    const key = 'publicKey' in file ? agentKeyByBlob.get(file.publicKey?.toString('base64') ?? '') : undefined;
    return key === undefined ? [] : [key];
  });
  const others = identitiesOnly ? [] : agentKeys.filter((key) => !named.includes(key));
  const seen = new Set(agentKeyByBlob.keys());
  const fromFiles = files.flatMap((file) => {
    if (file.kind !== 'usable' || seen.has(file.publicKey.toString('base64'))) return [];
    seen.add(file.publicKey.toString('base64'));
    return [file];
  });
  return { fromAgent: [...new Set([...named, ...others])], fromFiles };
}

function describe({
  files,
  fromAgent,
  agentKeys,
  agentFault,
}: {
  readonly files: readonly KeyFile[];
  readonly fromAgent: readonly ParsedKey[];
  readonly agentKeys: readonly ParsedKey[];
  readonly agentFault: string | undefined;
}): string {
  const inAgent = new Set(agentKeys.map(blobOf));
  const parts = files.flatMap((file): string[] => {
    if (file.kind === 'absent') return [];
    if (file.kind === 'unusable') return [`${file.path} (left out: ${file.reason})`];
    if (file.publicKey !== undefined && inAgent.has(file.publicKey.toString('base64'))) return [];
    return [
      file.kind === 'usable' ? file.path : `${file.path} (left out: it has a passphrase and is not in the agent)`,
    ];
  });
  if (agentFault !== undefined) parts.push(`ssh-agent (${agentFault})`);
  else if (fromAgent.length > 0)
    parts.push(`${fromAgent.length} ${fromAgent.length === 1 ? 'key' : 'keys'} of ssh-agent`);
  return parts.join(', ') || 'nothing: there is no key file and no ssh-agent with keys';
}

type AgentAnswer =
  | { readonly kind: 'ready'; readonly agent: BaseAgent; readonly keys: readonly ParsedKey[] }
  | { readonly kind: 'failed'; readonly reason: string };

function askAgent(socket: string, signal: AbortSignal): Promise<AgentAnswer> {
  return new Promise((resolve) => {
    const agent = ssh2.createAgent(socket);
    // An agent that hangs is passed over by the deadline of the whole connection.
    const onAbort = (): void => resolve({ kind: 'failed', reason: 'no answer' });
    signal.addEventListener('abort', onAbort, { once: true });
    agent.getIdentities((error, keys) => {
      signal.removeEventListener('abort', onAbort);
      if (error) resolve({ kind: 'failed', reason: messageOf(error) });
      else resolve({ kind: 'ready', agent, keys: (keys ?? []).flatMap(parsed) });
    });
  });
}

function parsed(key: string | Buffer | ParsedKey | { pubKey: unknown }): ParsedKey[] {
  const result = typeof key === 'object' && 'getPublicSSH' in key ? key : undefined;
  return result === undefined ? [] : [result];
}

/** The same agent, showing these keys alone and in this order. */
function limitedTo(agent: BaseAgent, keys: readonly ParsedKey[]): BaseAgent {
  return Object.assign(agent, {
    getIdentities: (done: (error: Error | undefined, keys: ParsedKey[]) => void) => done(undefined, [...keys]),
  });
}

function blobOf(key: ParsedKey): string {
  return key.getPublicSSH().toString('base64');
}
