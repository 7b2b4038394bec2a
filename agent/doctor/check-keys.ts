/**
 * The user's own SSH keys: whether there are any, and whether ssh will use them.
 *
 * @module
 */
import { readdir, stat } from 'node:fs/promises';
import { userHome } from '../../platform/abs-path.ts';
import { resolveDestination } from '../link/resolve.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';

/** Names that ssh tries by itself. */
const USUAL = /^id_(ed25519|ecdsa|rsa|dsa|xmss|ed25519_sk|ecdsa_sk)$/;

export function checkKeys({ hosts }: Context, { env = process.env }: { readonly env?: NodeJS.ProcessEnv } = {}): Check {
  return {
    name: 'ssh keys',
    deadlineMs: 5000,
    async run(notes, signal) {
      const folder = `${userHome()}/.ssh`;
      const names = await readdir(folder).catch(() => []);
      const files = names.filter((name) => USUAL.test(name)).map((name) => `${folder}/${name}`);
      for (const file of files) {
        const { mode } = await stat(file);
        if ((mode & 0o077) === 0) continue;
        notes.finding('SSH_KEY_OPEN', `${file} has the permissions ${(mode & 0o777).toString(8)}`, {
          cure: `chmod 600 ${file}`,
        });
      }
      const hasAgent = (env.SSH_AUTH_SOCK ?? '') !== '';
      if (files.length === 0 && !hasAgent) {
        for (const { name, destination, paired } of hosts) {
          if (paired === undefined && !(await hasOwnKey(destination, { env, signal }))) {
            notes.finding('SSH_KEY_MISSING', `${folder} holds no key, and none is named for ${name}`);
          }
        }
      }
      notes.detail(
        `${files.map((file) => file.slice(folder.length + 1)).join(', ') || 'no key files of usual names'}${hasAgent ? ', ssh-agent' : ''}`,
      );
    },
  };
}

/** Whether the user's ssh configuration names a key for that host which is there. */
async function hasOwnKey(
  destination: string,
  options: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<boolean> {
  try {
    const { identityFiles, agentSocket } = await resolveDestination(destination, options);
    const found = await Promise.allSettled(identityFiles.map((file) => stat(file)));
    return agentSocket !== undefined || found.some(({ status }) => status === 'fulfilled');
  } catch {
    // What is wrong with the configuration is told where the host is looked at.
    return true;
  }
}
