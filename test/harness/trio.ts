/**
 * Three hosts on this machine: the first links to both others, and the second to the third where they are a mesh.
 *
 * @module
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { startSshd } from '../sshd.ts';
import { eventually } from './eventually.ts';
import { createHost, type TestHost } from './host.ts';
import { startPair } from './pair.ts';
import { createScratch } from './scratch.ts';
import { differenceOf, type Hosts } from './storm.ts';

export interface Trio extends Hosts, AsyncDisposable {
  readonly a: TestHost;
  readonly b: TestHost;
  readonly c: TestHost;
  /** Resolves once all roots are alike, and all agents say so. */
  readonly inSync: () => Promise<void>;
  readonly logTails: () => string;
}

const HOST_C = 'C';

/** @param mesh every host is linked to every other */
export async function startTrio({ mesh }: { readonly mesh: boolean }): Promise<Trio> {
  const scratch = createScratch('trio');
  const sshd = await startSshd({
    alias: HOST_C,
    env: { DSYNC_HOME: join(scratch.path, 'c', 'home'), HOME: join(scratch.path, 'c', 'user') },
  });
  const pathOfB = `${sshd.sshWrapperDir}${delimiter}${process.env.PATH ?? ''}`;
  const pair = await startPair({ hostEnv: { b: { PATH: pathOfB } } });
  const { a, b } = pair;
  const c = createHost({ name: 'c', folder: scratch.path, env: sshd.env });
  const hosts = [a, b, c] as const;
  let lastLogs = '';
  const logTails = (): string => hosts.map((host) => host.logTail()).join('\n');

  async function close(): Promise<void> {
    lastLogs = logTails();
    await a.close();
    await b.close();
    await c.close();
    await pair[Symbol.asyncDispose]();
    await sshd.close();
    scratch[Symbol.dispose]();
  }

  async function link(from: TestHost): Promise<void> {
    await from.dsync('host', 'add', HOST_C, '--accept-new');
    await from.dsync('root', 'add', from.root, '--host', `${HOST_C}:${c.root}`);
  }

  const inSync = (): Promise<void> =>
    eventually(async () => {
      for (const host of hosts) await host.synced();
      const difference = differenceOf(hosts);
      if (difference !== undefined) throw new Error(`The roots differ:\n${difference}`);
    });

  try {
    appendFileSync(pair.sshd.configPath, `\n${readFileSync(sshd.configPath, 'utf8')}`);
    await pair.inSync();
    await link(a);
    if (mesh) await link(b);
    await inSync();
  } catch (error) {
    const logs = logTails();
    await close();
    throw new Error(`The trio did not start\n${logs}`, { cause: error });
  }
  return {
    ...{ a, b, c, hosts, inSync },
    // The second dials as well, and so is not needed to be started: the first does so.
    diallers: [a],
    folder: pair.folder,
    cut: pair.cut,
    logTails: () => lastLogs || logTails(),
    [Symbol.asyncDispose]: close,
  };
}
