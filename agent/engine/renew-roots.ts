/**
 * The roots as the configuration has them now: those that are gone or others are closed, those that are new are started.
 *
 * @module
 */
import { DsyncError } from '../../platform/failure.ts';
import type { AgentLinks } from './agent-links.ts';
import type { RootRecord } from './config/roots-file.ts';
import type { HostLink } from './host-link.ts';
import type { Root } from './root.ts';

export interface RenewRootsOptions {
  readonly roots: Map<string, Root>;
  readonly links: Pick<AgentLinks, 'byHost' | 'stands'>;
  readonly records: readonly RootRecord[];
  /** All are set up anew. */
  readonly settingsChanged: boolean;
  readonly startRoot: (record: RootRecord) => void;
  readonly hostName: string;
}

/**
 * Hosts that asked for a root keep it when it is set up anew; a host with which it is shared no longer is told so, as it
 * would take silence for being in sync.
 */
export async function renewRoots(options: RenewRootsOptions): Promise<void> {
  const { roots, links, records } = options;
  const former: { readonly record: RootRecord; readonly attached: readonly HostLink[] }[] = [];
  for (const [id, root] of roots) {
    const record = records.find((each) => each.id === id);
    if (record !== undefined && !options.settingsChanged && isSame(record, root.record)) continue;
    former.push({ record: root.record, attached: [...links.byHost.values()].filter(root.isAttached) });
    roots.delete(id);
    await root.close();
  }
  for (const record of records) if (!roots.has(record.id)) options.startRoot(record);
  for (const { record, attached } of former) {
    const root = roots.get(record.id);
    for (const link of attached) {
      if (!links.stands(link) || root?.isAttached(link)) continue;
      const hasAsked = record.hosts.every(({ host }) => host !== link.name);
      if (root !== undefined && hasAsked) root.attach(link, undefined);
      else dismiss(link, record, options.hostName);
    }
  }
}

function isSame(a: RootRecord, b: RootRecord): boolean {
  const shared = ({ path, hosts, name }: RootRecord) => JSON.stringify({ path, hosts, name });
  return shared(a) === shared(b);
}

function dismiss({ channel }: HostLink, record: RootRecord, hostName: string): void {
  const { code, message, cure = '' } = notShared(record, hostName);
  channel.send({ type: 'refuse', root: record.id, code, message, cure });
}

/** For a host that has the root and is to have it no longer. */
export function notShared({ name }: RootRecord, hostName: string): DsyncError {
  return new DsyncError('ROOT_UNKNOWN', `${name} is not shared with this host any more, as was said on ${hostName}`, {
    cure: 'To end it here as well: dsync root rm ROOT',
  });
}
