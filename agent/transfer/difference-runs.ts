/**
 * Runs that make a file here with the peer's help: asked for, joined to the peer's end by a lane, and over when both ends
 * are through or one of them failed.
 *
 * @module
 */
import type { Range } from './block-sums.ts';
import { joinLane, type Lane, type LaneRun } from './lane.ts';

/** The peer's end is ready: its rsync, with the flags that ours needs, or the blocks that differ. */
export type Ready =
  | { readonly kind: 'rsync'; readonly flags: string }
  | { readonly kind: 'patch'; readonly ranges: readonly Range[] };

export interface DifferenceRuns {
  /**
   * Asks, and resolves once both ends of the lane are through; rejects where one of them failed.
   *
   * @param start makes our end; undefined where what the peer said makes no sense
   * @throws {UnableError} the peer's word
   */
  both(id: number, ask: () => void, start: (ready: Ready) => LaneRun | undefined): Promise<void>;
  started(id: number, ready: Ready): void;
  /** @param share how much of the content is here at whatever place, where the peer knows it */
  unable(id: number, reason: string, share?: number): void;
  /** From the peer's end of the lane. @returns false where it breaks the rules */
  received(id: number, bytes: Uint8Array, last: boolean): boolean;
  credited(id: number, upTo: number): void;
  close(): void;
}

export interface DifferenceRunsOptions {
  readonly cancel: (id: number) => void;
  readonly send: (id: number, bytes: Uint8Array, last: boolean) => void;
  readonly credit: (id: number, upTo: number) => void;
  readonly whenRoom: (callback: () => void) => void;
}

export class UnableError extends Error {
  readonly share: number | undefined;

  constructor(reason: string, share?: number) {
    super(reason);
    this.share = share;
  }
}

interface Running {
  readonly begin: (ready: Ready) => void;
  readonly fail: (error: UnableError) => void;
  run: LaneRun | undefined;
  lane: Lane | undefined;
}

const OVER = 'the link is over';

export function createDifferenceRuns(options: DifferenceRunsOptions): DifferenceRuns {
  const runningById = new Map<number, Running>();
  let closed = false;

  const both = async (id: number, ask: () => void, start: (ready: Ready) => LaneRun | undefined): Promise<void> => {
    // Nobody would answer any more.
    if (closed) throw new Error(OVER);
    try {
      await new Promise<void>((resolve, reject) => {
        const running: Running = {
          begin(ready) {
            const run = running.run === undefined ? start(ready) : undefined;
            if (run === undefined) return running.fail(new UnableError('the other agent’s answer makes no sense'));
            running.run = run;
            running.lane = joinLane({
              from: run.from,
              to: run.to,
              send: (bytes, last) => options.send(id, bytes, last),
              credit: (upTo) => options.credit(id, upTo),
              whenRoom: options.whenRoom,
            });
            void run.ended.then((failure) => (failure === undefined ? resolve() : reject(new Error(failure))));
          },
          fail(error) {
            reject(error);
            running.run?.stop();
          },
          run: undefined,
          lane: undefined,
        };
        runningById.set(id, running);
        ask();
      });
    } catch (error) {
      const run = runningById.get(id)?.run;
      if (!closed && run !== undefined) options.cancel(id);
      // What it made is taken away, or taken up by another: only once nothing writes to it any more.
      await run?.ended;
      throw error;
    } finally {
      runningById.delete(id);
    }
  };

  return {
    both,
    started: (id, ready) => runningById.get(id)?.begin(ready),
    unable: (id, reason, share) => runningById.get(id)?.fail(new UnableError(reason, share)),
    received: (id, bytes, last) => runningById.get(id)?.lane?.received(bytes, last) ?? true,
    credited: (id, upTo) => runningById.get(id)?.lane?.credited(upTo),
    close() {
      closed = true;
      for (const running of [...runningById.values()]) running.fail(new UnableError(OVER));
    },
  };
}
