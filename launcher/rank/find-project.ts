import { DsyncError } from '../../platform/failure.ts';
import type { Project, Registry } from '../core/registry-schema.ts';
import { type Ranked, rankProjects } from './rank-projects.ts';

export interface Asking {
  readonly host: string;
  readonly nowMs: number;
}

/**
 * The one project that is meant: by id, exact name or alias, path, else the best match.
 *
 * @throws {DsyncError} PROJECT_UNKNOWN; PROJECT_AMBIGUOUS: several are called so, or match alike and none is used more
 */
export function findProject({ projects }: Registry, query: string, { host, nowMs }: Asking): Project {
  const byId = projects.find(({ id, locations }) => id === query || locations[host]?.path === query);
  if (byId !== undefined) return byId;
  const ranked = rankProjects(projects, query, { host, nowMs });
  // Here before elsewhere: of two that match alike, the one that can be started is meant.
  const best = ranked.filter(({ tier }) => tier === ranked[0]?.tier).toSorted((a, b) => isHere(b) - isHere(a));
  const [first, second] = best;
  if (first === undefined) throw new DsyncError('PROJECT_UNKNOWN', `No project is called ${query}`);
  if (second !== undefined && second.score === first.score && isHere(second) === isHere(first)) {
    const names = best
      .slice(0, 5)
      .map(({ project }) => `${project.name} (${project.locations[host]?.path ?? project.id})`);
    throw new DsyncError('PROJECT_AMBIGUOUS', `${query} may be any of: ${names.join(', ')}`);
  }
  return first.project;

  function isHere({ project }: Ranked): number {
    const location = project.locations[host];
    return location === undefined || location.missingSince !== undefined ? 0 : 1;
  }
}
