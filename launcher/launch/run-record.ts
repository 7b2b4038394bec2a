/**
 * What was started: one small file a run. Whether it still runs is never written down, but looked up each time.
 *
 * @module
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import * as z from 'zod';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { errnoOf } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';

const processSchema = { pid: z.int().positive(), started: z.string().describe('with the pid, never the same again') };

const howSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('foreground'), ...processSchema }),
  z.object({ kind: z.literal('background'), ...processSchema }),
  z.object({ kind: z.literal('tmux'), session: z.string(), pane: z.string(), ...processSchema }),
  z.object({
    kind: z.literal('remote'),
    host: z.string(),
    destination: z.string(),
    session: z.string(),
    pane: z.string().describe('there'),
    ...processSchema,
  }),
]);

export const runRecordSchema = z.object({
  id: z.string().regex(/^[a-z0-9-]+$/),
  projectId: z.string(),
  project: z.string(),
  command: z.string(),
  line: z.string().describe('as it was started'),
  folder: z.string(),
  startedAt: z.number(),
  port: z.number().optional().describe('where it was expected to listen'),
  how: howSchema,
});
export type RunRecord = z.infer<typeof runRecordSchema>;

export function writeRun(home: Pick<Home, 'state'>, run: RunRecord): void {
  writeFileAtomic(recordPath(home, run.id), `${JSON.stringify(run, null, 1)}\n`);
}

/** The youngest last; a file that cannot be read is no run. */
export function readRuns(home: Pick<Home, 'state'>): RunRecord[] {
  const runs = namesIn(runsFolder(home)).flatMap((name) => {
    if (!name.endsWith('.json')) return [];
    try {
      const parsed = runRecordSchema.safeParse(JSON.parse(readFileSync(`${runsFolder(home)}/${name}`, 'utf8')));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
  return runs.sort((a, b) => a.startedAt - b.startedAt);
}

/** With its log. */
export function removeRun(home: Pick<Home, 'state'>, id: string): void {
  rmSync(recordPath(home, id), { force: true });
  rmSync(runLogPath(home, id), { force: true });
}

/** All that it printed. */
export function runLogPath(home: Pick<Home, 'state'>, id: string): AbsPath {
  return childPath(runsFolder(home), `${id}.log`);
}

export function runsFolder(home: Pick<Home, 'state'>): AbsPath {
  return childPath(home.state, 'launcher/runs');
}

function recordPath(home: Pick<Home, 'state'>, id: string): AbsPath {
  return childPath(runsFolder(home), `${id}.json`);
}

function namesIn(folder: AbsPath): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
