/**
 * V8's collector, called by hand.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** With nothing, all: V8 of Node.js 20 takes any argument at all for `minor`. */
type Collect = (options?: { readonly type: 'minor'; readonly execution: 'sync' }) => void;

/** Holds a context of its own, some 0.3 MB. */
let collect: Collect | undefined;

/** All of the heap: milliseconds to tenths of a second. */
export function collectAll(): void {
  collector()();
}

/** What has come since the last time alone: a millisecond or so. */
export function collectYoung(): void {
  collector()({ type: 'minor', execution: 'sync' });
}

/** Only a new context is given `gc`, and only while the flag is set. */
function collector(): Collect {
  if (collect !== undefined) return collect;
  setFlagsFromString('--expose-gc');
  collect = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
