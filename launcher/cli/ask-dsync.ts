/**
 * What the sync knows of hosts and roots. Settings are read by who owns them: the program beside this one is asked, and
 * answers in its stable JSON, with or without an agent.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { absPath } from '../../platform/abs-path.ts';
import type { Cli } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';

/** What ssh connects to: as dsync knows the host, else by the name itself. */
export async function destinationOf(cli: Cli, host: string): Promise<string> {
  const schema = z.object({ hosts: z.array(z.object({ name: z.string(), destination: z.string() })) });
  const { hosts } = await askDsync(cli, ['host', 'ls', '--json'], schema, { hosts: [] });
  return hosts.find(({ name }) => name === host)?.destination ?? host;
}

/**
 * Where the sync keeps a folder on another host.
 *
 * @throws {DsyncError} NOT_FOUND it does not
 */
export async function syncedPath(cli: Cli, path: string, host: string): Promise<string> {
  const schema = z.object({
    roots: z.array(z.object({ path: z.string(), hosts: z.array(z.object({ host: z.string(), path: z.string() })) })),
  });
  const { roots } = await askDsync(cli, ['root', 'ls', '--json'], schema, { roots: [] });
  for (const { path: root, hosts } of roots) {
    const from = absPath(root);
    const there = hosts.find((one) => one.host === host)?.path;
    if (there !== undefined && (path === from || path.startsWith(`${from}/`)))
      return `${there}${path.slice(from.length)}`;
  }
  throw new DsyncError('NOT_FOUND', `Where ${path} is on ${host} is not known`, {
    cure: `Keep it in sync: dsync root add ${path} --host ${host}`,
  });
}

async function askDsync<S extends z.ZodType>(
  cli: Cli,
  args: readonly string[],
  schema: S,
  missing: z.infer<S>,
): Promise<z.infer<S>> {
  const program = fileURLToPath(new URL('./dsync.js', import.meta.url));
  const beside = existsSync(program) ? program : fileURLToPath(new URL('../dsync.js', import.meta.url));
  if (!existsSync(beside)) return missing;
  const { stdout } = await promisify(execFile)(process.execPath, [beside, ...args], { signal: cli.signal }).catch(
    (error: unknown) => {
      // It exits with 3 where a line of the configuration waits for a person; the rest is in force.
      if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string')
        return { stdout: error.stdout };
      throw error;
    },
  );
  const parsed = schema.safeParse(JSON.parse(stdout === '' ? 'null' : stdout));
  return parsed.success ? parsed.data : missing;
}
