/**
 * What goes out over one link, as its progress: batches until they are acknowledged, large files part by part.
 *
 * @module
 */
import type { Entry } from '../core/entry.ts';
import type { RelPath } from '../core/rel-path.ts';
import type { Amount, Progress } from '../transfer/progress.ts';
import { amountOf, type Backlog } from './backlog.ts';

export interface Sending {
  /** The peer is told of entries; what comes back is what follows them. Batches that overtake come once more in order. */
  batch(batch: { readonly id: number; readonly to: number; readonly items: readonly SentItem[] }): Amount | undefined;
  acked(id: number): void;
  /** What follows is another amount. */
  changed(): void;
  /** The peer asks for content. */
  wanted(items: readonly { readonly id: number; readonly path: RelPath }[]): void;
  parts(
    parts: readonly {
      readonly id: number;
      readonly offset: number;
      readonly bytes: Uint8Array;
      readonly last: boolean;
    }[],
  ): void;
  /** Of a file that goes by its differences: how much of it is done, the other side alone knows. */
  differences(path: RelPath | undefined, part: { readonly sizeBytes: number; readonly last: boolean }): void;
  /** The content asked for is no more. */
  gone(id: number): void;
}

export interface SentItem {
  readonly entry: Entry;
  readonly movedFrom: Entry | undefined;
  readonly content: Uint8Array | undefined;
}

export interface SendingOptions {
  readonly progress: Progress;
  readonly backlog: () => Backlog | undefined;
  readonly sizeOf: (path: RelPath) => number;
}

export function createSending({ progress, backlog, sizeOf }: SendingOptions): Sending {
  const amountById = new Map<number, Amount & { readonly paths: readonly RelPath[] }>();
  const pathById = new Map<number, RelPath>();
  const inFlight = new Set<RelPath>();
  const now = () => performance.now();
  const changed = () => {
    const left = backlog()?.left;
    if (left !== undefined) progress.ahead(left, now());
  };
  const over = (path: RelPath) => {
    if (inFlight.delete(path)) progress.partOver(path);
  };

  return {
    batch({ id, to, items }) {
      const inline = items.filter(({ content }) => content !== undefined);
      progress.carried(amountOf(inline.map(({ entry }) => entry)));
      if (to === 0) return undefined;
      const amount = announcedAmount(items);
      amountById.set(id, { ...amount, paths: items.map(({ entry }) => entry.path) });
      progress.announced(amount, now());
      backlog()?.sent(items.map(({ entry }) => entry));
      changed();
      return backlog()?.left;
    },
    acked(id) {
      const amount = amountById.get(id);
      if (amount === undefined) return;
      amountById.delete(id);
      if (inFlight.size > 0) amount.paths.forEach(over);
      progress.done(amount, now());
    },
    changed,
    wanted(items) {
      for (const { id, path } of items) pathById.set(id, path);
    },
    parts(parts) {
      for (const { id, offset, bytes, last } of parts) {
        const path = pathById.get(id);
        progress.carried({ files: last ? 1 : 0, bytes: bytes.length });
        if (last) pathById.delete(id);
        // Small content travels whole: it is there as soon as it is under way.
        if (path === undefined || (offset === 0 && last)) continue;
        const sizeBytes = sizeOf(path);
        if (!inFlight.has(path)) progress.part({ path, bytes: sizeBytes, bytesDone: offset }, now());
        inFlight.add(path);
        progress.part({ path, bytes: sizeBytes, bytesDone: offset + bytes.length }, now());
      }
    },
    differences(path, { sizeBytes, last }) {
      progress.carried({ files: last ? 1 : 0, bytes: sizeBytes });
      if (path === undefined || inFlight.has(path)) return;
      inFlight.add(path);
      progress.part({ path, bytes: sizeOf(path), bytesDone: 0 }, now());
    },
    gone(id) {
      const path = pathById.get(id);
      pathById.delete(id);
      if (path !== undefined) over(path);
    },
  };
}

/** What moves takes its content along. */
export function announcedAmount(
  items: readonly { readonly entry: Entry; readonly movedFrom?: Entry | undefined }[],
): Amount {
  const { files } = amountOf(items.map(({ entry }) => entry));
  const { bytes } = amountOf(items.filter(({ movedFrom }) => movedFrom === undefined).map(({ entry }) => entry));
  return { files, bytes };
}
