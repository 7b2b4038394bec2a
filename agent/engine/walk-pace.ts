/**
 * How a walk keeps step with the links.
 *
 * What a walk finds is read to be hashed, and is still in memory when it is sent, unless the walk is far ahead: then it
 * is read and looked up a second time. So it rests while a link that is quick has enough to send. It never rests for
 * longer than it has worked, as a change in a folder is not seen before the walk was there.
 *
 * @module
 */
export interface WalkPace {
  /** To be asked before each turn of the walk; false also where it has rested enough. */
  rests(nowMs: number): boolean;
  worked(ms: number): void;
}

/** Entries that wait to be sent. */
const ENOUGH = 512;
/** A link that has acknowledged nothing for so long is slow, and the walk does not wait for it. */
const QUICK_MS = 100;

/** What waits for the links, and when one of them has acknowledged something last, by the clock of all times here. */
export type LinksAhead = () => { readonly entries: number; readonly ackedAtMs: number | undefined };

export function createWalkPace(ahead: LinksAhead): WalkPace {
  let credit = 0;
  let restsSince: number | undefined;
  return {
    rests(nowMs) {
      if (restsSince !== undefined) credit -= nowMs - restsSince;
      const { entries, ackedAtMs } = ahead();
      const isQuick = ackedAtMs !== undefined && nowMs - ackedAtMs < QUICK_MS;
      const rests = credit > 0 && entries >= ENOUGH && isQuick;
      restsSince = rests ? nowMs : undefined;
      return rests;
    },
    worked(ms) {
      credit = Math.max(0, credit) + ms;
    },
  };
}
