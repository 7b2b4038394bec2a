/**
 * What all checks look at, read once. Nothing of it throws: what cannot be read is a fault of its own, the rest counts.
 *
 * @module
 */
import { basename } from 'node:path';
import { type AbsPath, absPath } from '../../platform/abs-path.ts';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';
import type { Status } from '../control/api.ts';
import { connectControl } from '../control/client.ts';
import { type HostRecord, readHosts } from '../engine/config/hosts-file.ts';
import { pathsPath, readPaths } from '../engine/config/load-config.ts';
import { type ListenAddress, readPairing } from '../engine/config/pairing-file.ts';
import { readRoots } from '../engine/config/roots-file.ts';
import { readSettings } from '../engine/config/settings.ts';

const ANSWER_MS = 5000;

export interface KnownRoot {
  readonly id: string | undefined;
  readonly name: string;
  readonly path: AbsPath;
}

/** `down`: nothing listens. `hangs`: something does, and says nothing. */
export type AgentAnswer =
  | { readonly kind: 'up'; readonly status: Status }
  | { readonly kind: 'down' }
  | { readonly kind: 'hangs'; readonly why: string };

export interface ConfigFault {
  readonly code: 'CONFIG_BROKEN' | 'CONFIG_LINE';
  readonly text: string;
  readonly cure: string | undefined;
}

export interface Context {
  readonly home: Home;
  readonly hosts: readonly HostRecord[];
  readonly roots: readonly KnownRoot[];
  /** Where this host should listen for paired hosts. */
  readonly listen: ListenAddress | undefined;
  readonly faults: readonly ConfigFault[];
  readonly agent: () => Promise<AgentAnswer>;
}

export function readContext(home: Home): Context {
  const faults: ConfigFault[] = [];
  const attempt = <T>(read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      const cure = error instanceof DsyncError ? error.cure : undefined;
      faults.push({ code: 'CONFIG_BROKEN', text: messageOf(error), cure });
      return otherwise;
    }
  };
  attempt(() => void readSettings(home), undefined);
  const { listen } = attempt(() => readPairing(home), {});
  const hosts = attempt(() => readHosts(home), []);
  const records = attempt(() => readRoots(home), []);
  const { lines } = attempt(() => readPaths(home), { lines: [] });
  const named = lines.flatMap((line, i) => {
    if (line.kind === 'fault')
      faults.push({ code: 'CONFIG_LINE', text: `${pathsPath(home)}:${i + 1}: ${line.fault}`, cure: undefined });
    return line.kind === 'root' ? [line.root] : [];
  });
  const roots: KnownRoot[] = named.map(({ path: text, name }) => {
    const path = absPath(text);
    const record = records.find((one) => one.path === path);
    return { id: record?.id, name: record?.name ?? name ?? basename(path), path };
  });
  for (const { id, name, path, joinedFrom, removed } of records) {
    if (joinedFrom !== undefined && !removed && !roots.some((root) => root.path === path))
      roots.push({ id, name, path });
  }
  let asked: Promise<AgentAnswer> | undefined;
  return {
    home,
    hosts,
    roots,
    listen,
    faults,
    agent: () => {
      asked ??= askAgent(home);
      return asked;
    },
  };
}

async function askAgent(home: Home): Promise<AgentAnswer> {
  try {
    await using client = await connectControl(home);
    return { kind: 'up', status: await client.call('status', {}, { timeoutMs: ANSWER_MS }) };
  } catch (error) {
    if (error instanceof DsyncError && error.code === 'AGENT_NOT_RUNNING') return { kind: 'down' };
    return { kind: 'hangs', why: messageOf(error) };
  }
}
