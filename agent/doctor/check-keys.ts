/**
 * The user's own SSH keys: whether there are any, and whether ssh will use them.
 *
 * @module
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { userHome } from '../../platform/abs-path.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';

/** Names that ssh tries by itself. */
const USUAL = /^id_(ed25519|ecdsa|rsa|dsa|xmss|ed25519_sk|ecdsa_sk)$/;

export function checkKeys({ hosts }: Context, { env = process.env }: { readonly env?: NodeJS.ProcessEnv } = {}): Check {
  return {
    name: 'ssh keys',
    deadlineMs: 5000,
    async run(notes) {
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
      const config = await readFile(`${folder}/config`, 'utf8').catch(() => '');
      const isNamed = /^\s*(IdentityFile|IdentityAgent|Include|Match)\b/im.test(config);
      const overSsh = hosts.filter((host) => host.paired === undefined);
      if (overSsh.length > 0 && files.length === 0 && !hasAgent && !isNamed) {
        notes.finding('SSH_KEY_MISSING', `${folder} holds no key`);
      }
      notes.detail(
        `${files.map((file) => file.slice(folder.length + 1)).join(', ') || 'no key files of usual names'}${hasAgent ? ', ssh-agent' : ''}`,
      );
    },
  };
}
