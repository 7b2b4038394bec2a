/**
 * What a linked host says of a root: to the root that it means, which may have to be made here first.
 *
 * @module
 */
import { existsSync, mkdirSync } from 'node:fs';
import { absPath } from '../../platform/abs-path.ts';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';
import type { Message, MessageOf } from '../link/messages.ts';
import type { AgentLinks } from './agent-links.ts';
import { joinRoot } from './config/edit-roots.ts';
import type { Config } from './config/load-config.ts';
import { askedFault } from './config/root-checks.ts';
import type { RootId } from './config/roots-file.ts';
import {
  ensureEnvironment,
  environmentFolder,
  readAcceptance,
  writeAcceptance,
} from './environment/environment-files.ts';
import { ENVIRONMENT_ROOT } from './environment/environment-root.ts';
import type { HostIds } from './host-ids.ts';
import type { HostLink } from './host-link.ts';
import { notShared } from './renew-roots.ts';
import type { Root } from './root.ts';

export interface JoiningOptions {
  readonly home: Home;
  readonly hostName: () => string;
  readonly roots: ReadonlyMap<string, Root>;
  readonly links: Pick<AgentLinks, 'stands' | 'hasShell'>;
  readonly ids: Pick<HostIds, 'nameOf'>;
  readonly startRoot: (record: Config['roots'][number]) => Root;
  readonly reload: () => Promise<void>;
}

type RootMessage = Extract<Message, { root: string }>;

/** The function that it makes takes each message; what cannot be joined is refused, and the host told why. */
export function createJoining(options: JoiningOptions): (link: HostLink, message: RootMessage) => void {
  const { home, hostName, roots, links } = options;

  const join = async (link: HostLink, message: MessageOf<'open'>): Promise<Root | undefined> => {
    if (message.root === ENVIRONMENT_ROOT) return joinEnvironment(link);
    if (message.path === undefined)
      throw new DsyncError('ROOT_UNKNOWN', `${hostName()} does not have the root ${message.name}`);
    const path = absPath(message.path, { from: '/' });
    const fault = links.hasShell(link) ? undefined : askedFault(path);
    if (fault !== undefined) {
      throw new DsyncError('ROOT_INVALID', `${link.name} may not put a root at ${path} here: ${fault}`, {
        cure: `If it is to be there, add it on ${hostName()}: dsync root add ${path} --host ${link.name}`,
      });
    }
    mkdirSync(path, { recursive: true });
    const from = { from: link.name, fromId: link.hostId };
    const record = await joinRoot(home, { id: message.root as RootId, name: message.name, path, ...from });
    if (record === undefined)
      throw new DsyncError('ROOT_UNKNOWN', `The root ${message.name} was removed on ${hostName()}`);
    return roots.get(record.id) ?? options.startRoot(record);
  };
  const joinEnvironment = async (link: HostLink): Promise<Root | undefined> => {
    const isNew = !existsSync(environmentFolder(home));
    if (isNew && links.hasShell(link)) writeAcceptance(home, { ...readAcceptance(home), trust: 'all' });
    ensureEnvironment(home);
    await options.reload();
    return roots.get(ENVIRONMENT_ROOT);
  };
  const refuse = (link: HostLink, { root }: RootMessage, error: unknown): void => {
    const { code, cure } = error instanceof DsyncError ? error : { code: 'INTERNAL', cure: '' };
    link.channel.send({ type: 'refuse', root, code, message: messageOf(error), cure });
  };
  /** It once joined a root of ours, and was taken off its line in paths.txt since. */
  const isTakenOff = ({ record }: Root, link: HostLink, { path }: MessageOf<'open'>): boolean =>
    path === undefined &&
    record.id !== ENVIRONMENT_ROOT &&
    record.joinedFrom === undefined &&
    options.ids.nameOf(link.hostId) !== undefined &&
    record.hosts.every(({ host }) => host !== link.name);
  const hand = (root: Root, link: HostLink, message: MessageOf<'open'>): void => {
    if (isTakenOff(root, link, message)) {
      refuse(link, message, notShared(root.record, hostName()));
      return;
    }
    if (!root.links.has(link.hostId)) root.attach(link, undefined);
    root.handle(link, message);
  };

  return (link, message) => {
    const root = roots.get(message.root);
    if (message.type !== 'open') root?.handle(link, message);
    else if (root !== undefined) hand(root, link, message);
    else {
      join(link, message).then(
        (joined) => {
          if (joined !== undefined && links.stands(link)) hand(joined, link, message);
        },
        (error: unknown) => refuse(link, message, error),
      );
    }
  };
}
