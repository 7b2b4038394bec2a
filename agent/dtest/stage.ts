/**
 * Two hosts and a scratch folder that they share: what the scenarios are played on.
 *
 * @module
 */
import type { Readable } from 'node:stream';
import type { AbsPath } from '../../platform/abs-path.ts';
import type { ControlClient } from '../control/client.ts';

/** One of the two hosts, as its own shell sees it. */
export interface Side {
  readonly name: string;
  /** The shared scratch folder there. */
  readonly root: string;
  /** Runs a POSIX sh script in {@link root}. */
  readonly sh: (script: string, options?: ShOptions) => Promise<ShResult>;
  /** What starts dsync there, as the beginning of a script's line. */
  readonly dsync: string;
}

export interface ShOptions {
  readonly input?: Readable;
  /** Runs to its end also after Ctrl-C: it takes away what would stay. */
  readonly cleansUp?: true;
}

export interface ShResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the way between the hosts can do without dsync. */
export interface BareLimit {
  readonly rttMs: number;
  readonly bytesPerSecond: number;
  /** What was measured, in a few words. */
  readonly by: string;
}

export interface Stage {
  /** `embedded`: both hosts are this process. */
  readonly kind: 'embedded' | 'host';
  readonly here: Side & { readonly root: AbsPath };
  readonly there: Side;
  /** Of the scratch root, on both hosts. */
  readonly rootName: string;
  /** The agent here. */
  readonly agent: ControlClient;
  /** Commands are run with this environment to talk to the agent here. */
  readonly env: NodeJS.ProcessEnv;
  /** A folder of this host alone, for what a scenario needs beside the root; goes with the stage. */
  readonly scratch: AbsPath;
  readonly bareLimit: (bytes: number) => Promise<BareLimit>;
  /** Removes everything: folders, roots, processes. */
  readonly close: () => Promise<void>;
}
