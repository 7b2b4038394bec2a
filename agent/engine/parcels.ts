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
  MAX_PARCELS_BYTES,
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

interface Wanted {
  readonly name: string;
  readonly hash: string;
}

/** One after the other, so that no more than one is held in memory. */
interface Coming {
  /** The first was asked for. */
  readonly wanted: Wanted[];
  parts: Uint8Array[];
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
  const comingByPeer = new WeakMap<ParcelPeer, Coming>();
  const askNext = (peer: ParcelPeer, wanted: readonly Wanted[]): void => {
    const [first] = wanted;
    if (first === undefined) {
      comingByPeer.delete(peer);
      return;
    }
    comingByPeer.set(peer, { wanted: [...wanted], parts: [], sizeBytes: 0 });
    peer.channel.send({ type: 'parcel-want', ...first });
  };

  function announce(peer: ParcelPeer): void {
    if (!peer.greeting.features.includes(PARCELS)) return;
    const list = namesIn(out)
      .slice(0, MAX_PARCELS)
      .flatMap((name) => {
        const content = readParcel(out, name);
        return content === undefined ? [] : [{ name, hash: hashOf(content), sizeBytes: content.length }];
      });
    peer.channel.send({ type: 'parcels', list: fitting(list) });
  }

  function take(peer: ParcelPeer, { list }: MessageOf<'parcels'>): void {
    const folder = folderOf(peer);
    const wanted = fitting(list).filter(({ name, hash }) => {
      const content = readParcel(folder, name);
      return content === undefined || hashOf(content) !== hash;
    });
    const gone = namesIn(folder).filter((name) => !list.some((one) => one.name === name));
    for (const name of gone) rmSync(childPath(folder, name), { force: true });
    askNext(
      peer,
      wanted.map(({ name, hash }) => ({ name, hash })),
    );
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
    const coming = comingByPeer.get(peer);
    const [asked, ...others] = coming?.wanted ?? [];
    if (coming === undefined || asked?.name !== name || asked.hash !== hash || coming.sizeBytes !== offset) return;
    coming.parts.push(bytes);
    coming.sizeBytes += bytes.length;
    const isTooLarge = coming.sizeBytes > MAX_PARCEL_BYTES;
    if (!last && !isTooLarge) return;
    askNext(peer, others);
    const content = Buffer.concat(coming.parts);
    if (!isTooLarge && hashOf(content) === hash) {
      const folder = folderOf(peer);
      writeFileAtomic(childPath(folder, name), content);
      writeFileAtomic(childPath(folder, SENDER), `${peer.name}\n`);
    }
    if (others.length === 0) onArrived();
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
    forget: (peer) => void comingByPeer.delete(peer),
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

/** Those that there is room for. */
function fitting<T extends { readonly sizeBytes: number }>(list: readonly T[]): T[] {
  let sizeBytes = 0;
  return list.filter((one) => {
    if (one.sizeBytes > MAX_PARCEL_BYTES || sizeBytes + one.sizeBytes > MAX_PARCELS_BYTES) return false;
    sizeBytes += one.sizeBytes;
    return true;
  });
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
