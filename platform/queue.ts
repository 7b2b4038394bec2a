/** First in, first out, in constant time. */
export interface Queue<T> {
  push(item: T): void;
  /** The oldest, which is let go of here; undefined: there is none. */
  take(): T | undefined;
  /** The one to be taken next. */
  peek(): T | undefined;
  readonly isEmpty: boolean;
  clear(): void;
}

/** So many slots that were emptied at the front are kept at least: below that, closing up is not worth it. */
const SLOTS = 256;

export function createQueue<T>(): Queue<T> {
  let items: (T | undefined)[] = [];
  let first = 0;
  return {
    push: (item) => void items.push(item),
    take() {
      if (first === items.length) return undefined;
      const item = items[first];
      items[first++] = undefined;
      if (first >= SLOTS && first * 2 >= items.length) {
        items = items.slice(first);
        first = 0;
      }
      return item;
    },
    peek: () => items[first],
    get isEmpty() {
      return first === items.length;
    },
    clear() {
      items = [];
      first = 0;
    },
  };
}
