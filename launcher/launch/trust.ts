/**
 * What the user agreed to run. A project's files come from elsewhere, by a clone or a sync; its code runs once a person
 * has seen the command. Trust is of this host alone and of exactly this content: a change asks again.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import type { Home } from '../../platform/home.ts';
import { withLock } from '../../platform/lock.ts';
import { readSettingsFile } from '../../platform/settings-file.ts';
import type { Command } from '../core/command.ts';

const trustSchema = z.object({
  trusted: z.record(z.string(), z.array(z.string())).describe('hashes of commands, by path of the project'),
});

/** Pure: all that decides what runs, and nothing that only describes it. */
export function trustHash({ run, folder, body, env, before }: Command): string {
  const canonical = JSON.stringify([run, folder, body ?? '', Object.entries(env ?? {}).sort(), before ?? []]);
  return createHash('sha256').update(canonical).digest('base64url').slice(0, 22);
}

/** Those that nobody has agreed to. */
export function untrusted(home: Pick<Home, 'state'>, path: string, commands: readonly Command[]): Command[] {
  const known = new Set(readTrust(home).trusted[path]);
  return commands.filter((command) => command.starts === undefined && !known.has(trustHash(command)));
}

/** What is trusted besides stays so: several may have been looked at over time. */
export function trust(home: Pick<Home, 'state'>, path: string, commands: readonly Command[]): Promise<void> {
  return withLock(childPath(home.state, 'launcher/trust.lock'), () => {
    const { trusted } = readTrust(home);
    const hashes = new Set([...(trusted[path] ?? []), ...commands.map(trustHash)]);
    const after = { trusted: { ...trusted, [path]: [...hashes] } };
    writeFileAtomic(trustPath(home), `${JSON.stringify(after, null, 1)}\n`);
  });
}

/** @returns whether there was any */
export function withdrawTrust(home: Pick<Home, 'state'>, path: string): Promise<boolean> {
  return withLock(childPath(home.state, 'launcher/trust.lock'), () => {
    const { [path]: before, ...others } = readTrust(home).trusted;
    if (before === undefined) return false;
    writeFileAtomic(trustPath(home), `${JSON.stringify({ trusted: others }, null, 1)}\n`);
    return true;
  });
}

/** @throws {DsyncError} BAD_STATE: what cannot be read trusts nothing, and is not overwritten */
function readTrust(home: Pick<Home, 'state'>): z.infer<typeof trustSchema> {
  return readSettingsFile(trustPath(home), trustSchema, { missing: { trusted: {} }, code: 'BAD_STATE' });
}

function trustPath(home: Pick<Home, 'state'>): AbsPath {
  return childPath(home.state, 'launcher/trust.json');
}
