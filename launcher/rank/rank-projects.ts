import type { Project } from '../core/registry-schema.ts';
import { scoreUse } from './frecency.ts';
import { matchTier, type Tier } from './match.ts';

export interface Ranked {
  readonly project: Project;
  readonly tier: Tier;
  readonly score: number;
}

/** Those that match, the best match first, of alike ones the most used, then by name. */
export function rankProjects(
  projects: readonly Project[],
  query: string,
  { host, nowMs }: { readonly host: string; readonly nowMs: number },
): Ranked[] {
  return projects
    .map((project): Ranked => {
      const path = project.locations[host]?.path ?? Object.values(project.locations)[0]?.path ?? '';
      return { project, tier: matchTier(query, { ...project, path }), score: scoreProject(project, nowMs) };
    })
    .filter(({ tier }) => tier > 0)
    .sort((a, b) => b.tier - a.tier || b.score - a.score || compareText(a.project.name, b.project.name));
}

/** All hosts' counters together: a new host knows from its first day what is used. */
export function scoreProject({ use }: Pick<Project, 'use'>, nowMs: number): number {
  return Object.values(use).reduce((sum, one) => sum + scoreUse(one, nowMs), 0);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
