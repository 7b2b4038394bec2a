/**
 * Values by folder, where a folder and all below it are taken out at a cost that does not depend on the rest.
 *
 * @module
 */
import { parentOf, type RelPath } from '../core/rel-path.ts';

/** Undefined as folder is the root. */
export interface FolderTree<T> {
  get(folder: RelPath | undefined): T | undefined;
  set(folder: RelPath | undefined, value: T): void;
  /** Takes out one folder and leaves those below it. */
  delete(folder: RelPath | undefined): void;
  /** Takes out a folder and all below it. */
  take(folder: RelPath | undefined): T[];
  readonly size: number;
  entries(): Iterable<readonly [RelPath | undefined, T]>;
}

interface Node<T> {
  value: T | undefined;
  /** Paths of the folders below that have a node. */
  below: Set<RelPath> | undefined;
}

export function createFolderTree<T extends object>(): FolderTree<T> {
  const nodeByFolder = new Map<RelPath | undefined, Node<T>>();
  let size = 0;

  function nodeAt(folder: RelPath | undefined): Node<T> {
    const known = nodeByFolder.get(folder);
    if (known !== undefined) return known;
    const node: Node<T> = { value: undefined, below: undefined };
    nodeByFolder.set(folder, node);
    if (folder !== undefined) {
      const parent = nodeAt(parentOf(folder));
      parent.below ??= new Set();
      parent.below.add(folder);
    }
    return node;
  }

  function removeNode(folder: RelPath | undefined): void {
    nodeByFolder.delete(folder);
    if (folder === undefined) return;
    const above = parentOf(folder);
    const parent = nodeByFolder.get(above);
    if (parent?.below === undefined) return;
    parent.below.delete(folder);
    if (parent.below.size > 0) return;
    parent.below = undefined;
    if (parent.value === undefined) removeNode(above);
  }

  return {
    get: (folder) => nodeByFolder.get(folder)?.value,
    set(folder, value) {
      const node = nodeAt(folder);
      if (node.value === undefined) size++;
      node.value = value;
    },
    delete(folder) {
      const node = nodeByFolder.get(folder);
      if (node?.value === undefined) return;
      node.value = undefined;
      size--;
      if (node.below === undefined) removeNode(folder);
    },
    take(folder) {
      const taken: T[] = [];
      const node = nodeByFolder.get(folder);
      if (node === undefined) return taken;
      const stack: [RelPath | undefined, Node<T>][] = [[folder, node]];
      for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
        const [path, { value, below }] = item;
        if (value !== undefined) taken.push(value);
        if (path !== folder) nodeByFolder.delete(path);
        for (const child of below ?? []) {
          const next = nodeByFolder.get(child);
          if (next !== undefined) stack.push([child, next]);
        }
      }
      size -= taken.length;
      removeNode(folder);
      return taken;
    },
    get size() {
      return size;
    },
    *entries() {
      for (const [folder, { value }] of nodeByFolder) if (value !== undefined) yield [folder, value] as const;
    },
  };
}
