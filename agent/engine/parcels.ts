/**
 * Small files that each host keeps for its linked hosts: what another program here puts into one folder arrives in a
 * folder of this host's there. Whole or not at all, and again only when it has changed.
 *
 * The agent does not know what is in them. The handoff has its snapshots and claims carried so.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { errnoOf } from '../../platform/failure.ts';
import type { Channel } from '../link/channel.ts';
import {
  MAX_CONTENT_BYTES,
  MAX_PARCEL_BYTES,
  MAX_PARCELS,
  type Message,
  type MessageOf,
  PARCELS,
} from '../link/messages.ts';

/** The agent's part of the folder's name: it cannot be a parcel's. */
const SENDER = '.sender';

export type ParcelMessage = Extract<Message, { type: 'parcels' | 'parcel-want' | 'parcel' }>;

export interface ParcelPeer {
  readonly hostId: string;
  readonly name: string;
  readonly channel: Pick<Channel, 'send' | 'whenRoom'>;
  readonly greeting: { readonly features: readonly string[] };
}

export interface Parcels {
  /** Tells a linked host what there is for it. */
  announce(peer: ParcelPeer): void;
  handle(peer: ParcelPeer, message: ParcelMessage): void;
  forget(peer: ParcelPeer): void;
}

interface Incoming {
  readonly hash: string;
  readonly parts: Uint8Array[];
  sizeBytes: number;
}

export function createParcels({
  out,
  from,
  onArrived,
  onFailure,
}: {
  readonly out: AbsPath;
  /** Holds a folder for each host, by its id. */
  readonly from: AbsPath;
  readonly onArrived: () => void;
  readonly onFailure: (text: string, error: unknown) => void;
}): Parcels {
  const incoming = new WeakMap<ParcelPeer, Map<string, Incoming>>();
  const comingFrom = (peer: ParcelPeer): Map<string, Incoming> => {
    const known = incoming.get(peer) ?? new Map<string, Incoming>();
    incoming.set(peer, known);
    return known;
  };

  function announce(peer: ParcelPeer): void {
    if (!peer.greeting.features.includes(PARCELS)) return;
    const list = namesIn(out)
      .slice(0, MAX_PARCELS)
      .flatMap((name) => {
        const content = readParcel(out, name);
        return content === undefined ? [] : [{ name, hash: hashOf(content), sizeBytes: content.length }];
      });
    peer.channel.send({ type: 'parcels', list });
  }

  function take(peer: ParcelPeer, { list }: MessageOf<'parcels'>): void {
    const folder = folderOf(peer);
    const wanted = list.filter(({ name, hash, sizeBytes }) => {
      const content = sizeBytes > MAX_PARCEL_BYTES ? undefined : readParcel(folder, name);
      return sizeBytes <= MAX_PARCEL_BYTES && (content === undefined || hashOf(content) !== hash);
    });
    const gone = namesIn(folder).filter((name) => !list.some((one) => one.name === name));
    for (const name of gone) rmSync(childPath(folder, name), { force: true });
    const coming = comingFrom(peer);
    coming.clear();
    for (const { name, hash } of wanted) {
      coming.set(name, { hash, parts: [], sizeBytes: 0 });
      peer.channel.send({ type: 'parcel-want', name, hash });
    }
    if (wanted.length === 0 && gone.length > 0) onArrived();
  }

  function give(peer: ParcelPeer, { name, hash }: MessageOf<'parcel-want'>): void {
    const content = readParcel(out, name);
    // Changed since: it was, or will be, announced anew.
    if (content === undefined || hashOf(content) !== hash) return;
    const part = (offset: number): void => {
      const end = Math.min(content.length, offset + MAX_CONTENT_BYTES);
      const last = end === content.length;
      peer.channel.send(
        { type: 'parcel', name, hash, offset, bytes: content.subarray(offset, end), last },
        { bulk: true },
      );
      if (!last) peer.channel.whenRoom(() => part(end));
    };
    part(0);
  }

  function put(peer: ParcelPeer, { name, hash, offset, bytes, last }: MessageOf<'parcel'>): void {
    const coming = comingFrom(peer);
    const one = coming.get(name);
    if (one === undefined || one.hash !== hash || one.sizeBytes !== offset) return;
    one.parts.push(bytes);
    one.sizeBytes += bytes.length;
    if (one.sizeBytes > MAX_PARCEL_BYTES) coming.delete(name);
    if (!last) return;
    coming.delete(name);
    const content = Buffer.concat(one.parts);
    if (hashOf(content) !== hash) return;
    const folder = folderOf(peer);
    writeFileAtomic(childPath(folder, name), content);
    writeFileAtomic(childPath(folder, SENDER), `${peer.name}\n`);
    if (coming.size === 0) onArrived();
  }

  const folderOf = ({ hostId }: ParcelPeer): AbsPath => childPath(from, hashOf(Buffer.from(hostId)).slice(0, 16));

  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      onFailure('A parcel could not be passed on', error);
    }
  };

  return {
    announce: (peer) => guarded(() => announce(peer)),
    forget: (peer) => void incoming.delete(peer),
    handle: (peer, message) =>
      guarded(() => {
        switch (message.type) {
          case 'parcels':
            return take(peer, message);
          case 'parcel-want':
            return give(peer, message);
          case 'parcel':
            return put(peer, message);
        }
      }),
  };
}

function namesIn(folder: AbsPath): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.') && !name.endsWith('.tmp'))
    .sort();
}

function readParcel(folder: AbsPath, name: string): Buffer | undefined {
  const path = childPath(folder, name);
  try {
    return statSync(path).size > MAX_PARCEL_BYTES ? undefined : readFileSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function hashOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
