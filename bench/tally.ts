/**
 * Measurements of several contenders of one workload, and the rows that they make.
 *
 * @module
 */
import { type Brought, DSYNC, RSYNC } from './contenders.ts';
import type { Row } from './row.ts';
import { summarize } from './stats.ts';

/** What dsync is held to; the reference is rsync's. */
export interface Bars {
  readonly seconds?: { readonly text: string; readonly isMet: (p50: number, reference: number) => boolean };
  readonly wire?: { readonly text: string; readonly isMet: (bytes: number) => boolean };
}

export interface Tally {
  add(name: string, brought: Brought): void;
  /** Without `wire`, nothing counted the bytes. */
  rows(bars: Bars, options: { readonly wire: boolean }): Row[];
}

export function createTally(workload: string): Tally {
  const broughtByName = new Map<string, Brought[]>();
  const of = (name: string, what: keyof Brought, per = 1): number[] =>
    (broughtByName.get(name) ?? []).map((each) => each[what] / per);

  return {
    add(name, brought) {
      broughtByName.set(name, [...(broughtByName.get(name) ?? []), brought]);
    },
    rows({ seconds, wire }, options) {
      const reference = of(RSYNC, 'seconds');
      const names = [...broughtByName.keys()];
      const timeRows = names.map((subject): Row => {
        const row = { workload, subject, unit: 's' as const, samples: of(subject, 'seconds') };
        if (subject !== DSYNC) return row;
        const p50s = [row.samples, reference].map((samples) => summarize(samples).p50) as [number, number];
        return {
          ...row,
          reference,
          ...(seconds !== undefined && { bar: { text: seconds.text, met: seconds.isMet(...p50s) } }),
        };
      });
      if (!options.wire) return timeRows;
      const wireRows = names.map((subject): Row => {
        const samples = of(subject, 'wireBytes', 1000);
        const row = { workload: `${workload}: on the wire`, subject, unit: 'KB' as const, samples };
        if (subject !== DSYNC || wire === undefined) return row;
        return { ...row, bar: { text: wire.text, met: wire.isMet(summarize(samples).p50 * 1000) } };
      });
      return [...timeRows, ...wireRows];
    },
  };
}
