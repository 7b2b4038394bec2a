/**
 * The walks over one root: over all of it, over a folder, over what was changed last; all of them beside other work, and
 * in step with the links.
 *
 * @module
 */
import type { RelPath } from '../core/rel-path.ts';
import type { DiskStat } from '../scan/lstat.ts';
import { createBackground } from './background.ts';
import type { Capture } from './capture.ts';
import { type PassOptions, passBelow, passLatest, passOver } from './pass.ts';
import { createWalkPace, type LinksAhead } from './walk-pace.ts';

export interface Walks {
  /** Resolves once everything was looked at. */
  all(): Promise<void>;
  /** A folder that is new, was replaced, or about which more is not known than that something is different. */
  below(folder: RelPath | undefined): void;
  /** Other work that takes longer than a moment. */
  add(steps: Iterator<void>): void;
  /** To be asked before {@link work}: true where it is better to wait for the links. */
  rests(): boolean;
  /** Goes on until the time is up, by `performance.now()`. */
  work(untilMs: number): void;
  readonly isEmpty: boolean;
  /** A walk over everything is under way. */
  readonly isScanning: boolean;
  /** What is looked at in this moment was met by a walk, which goes into new folders by itself. */
  readonly isLooking: boolean;
  close(): void;
}

export interface WalksOptions extends Omit<PassOptions, 'onFound' | 'onNew'> {
  readonly capture: Pick<Capture, 'look' | 'lookAtNew' | 'lookUp'>;
  readonly linksAhead: LinksAhead;
  /** There is something to do, or nothing any more. */
  readonly wake: () => void;
  readonly onStep: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** Looked at before all else at a start: a save from just before it need not wait for the pass. */
const LATEST = 1000;

export function createWalks(options: WalksOptions): Walks {
  const { index, capture, wake, onStep, onFailure, signal } = options;
  const background = createBackground({ onAdded: wake, onStep, onFailure });
  const pace = createWalkPace(options.linksAhead);
  let scans = 0;
  let isLooking = false;

  const looking = (look: () => unknown): void => {
    isLooking = true;
    try {
      look();
    } finally {
      isLooking = false;
    }
  };
  const onFound = (path: RelPath, stat: DiskStat): void => looking(() => capture.look(path, stat));
  const onNew = (path: RelPath): void => looking(() => capture.lookAtNew(path));
  void background.add(
    passLatest(LATEST, { index, lookUp: capture.lookUp, onFound: (path, stat) => void capture.look(path, stat) }),
  );

  return {
    async all() {
      scans++;
      try {
        await index.commit();
        if (!signal.aborted) await background.add(passOver({ ...options, onFound, onNew }));
      } finally {
        scans--;
        // Who waits for quiet is told at the end of a slice.
        wake();
      }
    },
    below: (folder) => void background.add(passBelow(folder, { ...options, onFound, onNew })),
    add: (steps) => void background.add(steps),
    rests: () => !background.isEmpty && pace.rests(performance.now()),
    work(untilMs) {
      const startedAt = performance.now();
      background.work(untilMs);
      pace.worked(performance.now() - startedAt);
    },
    get isEmpty() {
      return background.isEmpty;
    },
    get isScanning() {
      return scans > 0;
    },
    get isLooking() {
      return isLooking;
    },
    close: background.close,
  };
}
