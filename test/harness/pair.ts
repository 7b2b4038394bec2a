/**
 * Two hosts on this machine, linked over a real sshd through a proxy that can be slow, cut or silent.
 *
 * @module
 */
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Sshd, startSshd } from '../sshd.ts';
import { keepDeployed, takeDeployed } from './deployed.ts';
import { eventually } from './eventually.ts';
import { createHost, type TestHost } from './host.ts';
import { startProxy, type TcpProxy } from './proxy.ts';
import { createScratch } from './scratch.ts';
import type { Hosts } from './storm.ts';
import { diffLiteral, diffTrees, type TreeLiteral, writeTree } from './tree.ts';

export interface PairOptions {
  /** Round trip to add to the link. */
  readonly rttMs?: number;
  /** What the roots hold before they are first synced. */
  readonly files?: { readonly a?: TreeLiteral; readonly b?: TreeLiteral };
  /** Beside the usual, for the agents and commands on both hosts. */
  readonly agentEnv?: Readonly<Record<string, string>>;
  /** A folder whose programs come before all others, on both hosts. */
  readonly firstOnPath?: string;
  /** The same for one host alone. */
  readonly hostEnv?: { readonly a?: Readonly<Record<string, string>>; readonly b?: Readonly<Record<string, string>> };
  /** False: both hosts are there, but nothing links them and no agent runs. */
  readonly linked?: boolean;
  /** True: no proxy between the hosts, so nothing to delay or to cut, and nothing in the way of what is measured. */
  readonly direct?: boolean;
  /** Lines for the sshd_config of the dialled host. */
  readonly sshdConfig?: string;
  /** Prepares the roots before the first sync where a literal would be too large. */
  readonly prepare?: (roots: { readonly a: string; readonly b: string }) => void | Promise<void>;
}

export interface Pair extends Hosts, AsyncDisposable {
  /** The host that dials. */
  readonly a: TestHost;
  /** The host that is dialled; its agent is started by the link. */
  readonly b: TestHost;
  readonly sshd: Sshd;
  readonly proxy: TcpProxy;
  readonly link: () => Promise<void>;
  /** Puts a file into a root at once: of one that grows in its place parts may be seen, and sent. */
  readonly place: (host: TestHost, path: string, content: string | Uint8Array) => void;
  /** Resolves once both agents say that all is in sync, and both roots are alike. */
  readonly inSync: () => Promise<void>;
  /** Resolves once both roots are exactly this. */
  readonly holds: (literal: TreeLiteral) => Promise<void>;
  /** The same for one host, where the other holds more. */
  readonly holdsOn: (host: 'a' | 'b', literal: TreeLiteral) => Promise<void>;
  /** Resolves once both roots are alike. */
  readonly alike: () => Promise<void>;
  readonly logTails: () => string;
}

export const HOST_B = 'B';

export async function startPair(options: PairOptions = {}): Promise<Pair> {
  const {
    rttMs = 0,
    files = {},
    agentEnv = {},
    firstOnPath,
    linked = true,
    direct = false,
    hostEnv = {},
    sshdConfig,
    prepare,
  } = options;
  const scratch = createScratch('e2e');
  const first = (path = ''): { PATH?: string } =>
    firstOnPath === undefined ? {} : { PATH: `${firstOnPath}${delimiter}${path}` };
  const homeOfB = join(scratch.path, 'b', 'home');
  const sshd = await startSshd({
    alias: HOST_B,
    ...(sshdConfig !== undefined && { extraConfig: sshdConfig }),
    env: {
      ...agentEnv,
      ...hostEnv.b,
      ...first(process.env.PATH),
      DSYNC_HOME: homeOfB,
      HOME: join(scratch.path, 'b', 'user'),
    },
  });
  const proxy = await startProxy({ targetPort: sshd.port, rttMs });
  if (!direct) dialThrough(proxy, sshd);
  const env = { ...sshd.env, ...agentEnv, ...first(sshd.env.PATH) };
  const a = createHost({ name: 'a', folder: scratch.path, env: { ...env, ...hostEnv.a } });
  const b = createHost({ name: 'b', folder: scratch.path, env: { ...env, ...hostEnv.b } });
  writeTree(a.root, files.a ?? {});
  writeTree(b.root, files.b ?? {});
  let lastLogs = '';
  const logTails = (): string => `${a.logTail()}\n${b.logTail()}`;

  async function link(): Promise<void> {
    const deployed = { folder: scratch.path, homeOfA: a.home, homeOfB };
    // With a PATH or an sshd of its own, the other host is looked over as it is.
    const isUsual = firstOnPath === undefined && sshdConfig === undefined;
    if (!isUsual || !takeDeployed(deployed)) {
      await a.dsync('host', 'add', HOST_B, '--accept-new');
      if (isUsual) keepDeployed(deployed);
    }
    await a.dsync('root', 'add', a.root, '--host', `${HOST_B}:${b.root}`);
    await a.start();
  }

  async function close(): Promise<void> {
    lastLogs = logTails();
    // The dialler first: it would start the other again.
    await a.close();
    await b.close();
    await proxy[Symbol.asyncDispose]();
    await sshd.close();
    scratch[Symbol.dispose]();
  }

  const alike = (): Promise<void> =>
    eventually(() => {
      const difference = diffTrees(a.tree(), b.tree());
      if (difference !== undefined) throw new Error(`The roots differ:\n${difference}`);
    });

  const pair: Pair = {
    a,
    b,
    sshd,
    proxy,
    hosts: [a, b],
    diallers: [a],
    folder: scratch.path,
    cut: proxy.reset,
    link,
    alike,
    place({ path }, below, content) {
      const outside = join(scratch.path, 'placed');
      writeFileSync(outside, content);
      renameSync(outside, path(below));
    },
    async inSync() {
      for (const host of [a, b]) await host.synced();
      await alike();
    },
    async holds(literal) {
      for (const host of [a, b]) await holdsOn(host, literal);
      await alike();
    },
    holdsOn: (name, literal) => holdsOn(name === 'a' ? a : b, literal),
    logTails: () => lastLogs || logTails(),
    [Symbol.asyncDispose]: close,
  };
  try {
    await prepare?.({ a: a.root, b: b.root });
    if (linked) await link();
    return pair;
  } catch (error) {
    const logs = logTails();
    await close();
    throw new Error(`The pair did not start\n${logs}`, { cause: error });
  }
}

function holdsOn(host: TestHost, literal: TreeLiteral): Promise<void> {
  return eventually(() => {
    const difference = diffLiteral(literal, host.tree());
    if (difference !== undefined) throw new Error(`${host.name} does not hold what it should:\n${difference}`);
  });
}

/** The client's configuration then leads to the proxy, whose port has the same host key. */
function dialThrough(proxy: TcpProxy, { port, configPath, knownHostsPath, hostKeyPublic }: Sshd): void {
  const config = readFileSync(configPath, 'utf8');
  writeFileSync(configPath, config.replace(`Port ${port}\n`, `Port ${proxy.port}\n`));
  appendFileSync(knownHostsPath, `[127.0.0.1]:${proxy.port} ${hostKeyPublic}\n`);
}
