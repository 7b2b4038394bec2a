/**
 * hosts.json: the hosts that this one links to, as `dsync host add` found them.
 *
 * @module
 */
import * as z from 'zod';
import { type AbsPath, childPath } from '../../../platform/abs-path.ts';
import { writeFileAtomic } from '../../../platform/atomic-file.ts';
import type { Home } from '../../../platform/home.ts';
import { hostNameSchema } from '../../../platform/host-name.ts';
import { readSettingsFile } from '../../../platform/settings-file.ts';

/** A host that is known by its device key, and reached without sshd. */
export const pairedSchema = z.looseObject({
  key: z.string().startsWith('ssh-ed25519 ').describe('its device key, one public key line without a comment'),
  hostId: z.string().min(1).describe('the agent that may come with this key'),
  address: z.string().optional().describe('where it listens; absent where it dials this host'),
  port: z.int().min(1).max(65_535).optional(),
  pairedAt: z.string().describe('UTC, ISO 8601'),
  revoked: z.boolean().default(false).describe('its key is refused'),
});
export type Paired = z.infer<typeof pairedSchema>;

/** Loose: what a newer version wrote stays when an older one writes the file. */
export const hostRecordSchema = z.looseObject({
  name: hostNameSchema,
  destination: z
    .string()
    .min(1)
    .describe('what ssh connects to: an alias of ~/.ssh/config, user@host, ssh://user@host:port'),
  transport: z.enum(['auto', 'ssh2', 'openssh']).default('auto'),
  bridgeCommand: z.string().min(1).describe('starts the remote end of a link there'),
  hash: z.string().optional().describe('of the version deployed there'),
  facts: z.record(z.string(), z.unknown()).default({}).describe('what was found there: os, arch, node, …'),
  paused: z.boolean().default(false),
  hostId: z.string().min(1).optional().describe('the agent that answered there last'),
  paired: pairedSchema.optional().describe('absent where ssh reaches the host'),
});
export type HostRecord = z.infer<typeof hostRecordSchema>;

const hostsFileSchema = z.looseObject({ hosts: z.array(hostRecordSchema) }).superRefine(({ hosts }, context) => {
  hosts.forEach(({ name }, i) => {
    if (hosts.findIndex((other) => other.name === name) < i) {
      context.addIssue({ code: 'custom', message: `${name} stands there twice`, path: ['hosts', i, 'name'] });
    }
  });
});

export function hostsPath(home: Home): AbsPath {
  return childPath(home.config, 'hosts.json');
}

/** @throws {DsyncError} BAD_STATE with file and line */
export function readHosts(home: Home): readonly HostRecord[] {
  return readHostsFile(home).hosts;
}

/** Not locked: call it inside `withConfigLock`. */
export function writeHosts(home: Home, hosts: readonly HostRecord[]): void {
  writeFileAtomic(hostsPath(home), `${JSON.stringify({ ...readHostsFile(home), hosts }, null, 2)}\n`);
}

function readHostsFile(home: Home): z.infer<typeof hostsFileSchema> {
  return readSettingsFile(hostsPath(home), hostsFileSchema, { missing: { hosts: [] }, code: 'BAD_STATE' });
}
