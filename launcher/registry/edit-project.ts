/**
 * What a person changes about one project. Pure.
 *
 * @module
 */
import { DsyncError } from '../../platform/failure.ts';
import type { Project, Registry } from '../core/registry-schema.ts';
import { addUse, ageUses, type Use } from '../rank/frecency.ts';

export function replaceProject(registry: Registry, id: string, edit: (project: Project) => Project): Registry {
  return { ...registry, projects: registry.projects.map((one) => (one.id === id ? edit(one) : one)) };
}

/** A member that was launched gets a row of its own, under its parent. */
export function addMember(registry: Registry, member: Project): Registry {
  return registry.projects.some(({ id }) => id === member.id)
    ? registry
    : { ...registry, projects: [...registry.projects, member] };
}

/** The folder stays as it is; only the registry forgets it, and its members with it. */
export function removeProject(registry: Registry, id: string): Registry {
  return { ...registry, projects: registry.projects.filter((one) => one.id !== id && one.parent !== id) };
}

/** @throws {DsyncError} BAD_INPUT the name or alias is another project's */
export function checkNameIsFree({ projects }: Registry, name: string, id: string): void {
  const lower = name.toLowerCase();
  const taken = projects.find(
    (one) =>
      one.id !== id && (one.name.toLowerCase() === lower || one.aliases.some((alias) => alias.toLowerCase() === lower)),
  );
  if (taken !== undefined) throw new DsyncError('BAD_INPUT', `${name} is what ${taken.id} is called already`);
}

/** Counts a launch on this host, and keeps all counters of this host within bounds. */
export function countUse(
  registry: Registry,
  id: string,
  { host, nowMs, command }: { readonly host: string; readonly nowMs: number; readonly command: string },
): Registry {
  const counted = replaceProject(registry, id, (project) =>
    withUse(project, host, { ...addUse(project.use[host], nowMs), command }),
  );
  const uses = new Map(
    counted.projects.flatMap((project) => {
      const use = project.use[host];
      return use === undefined ? [] : [[project.id, use] as const];
    }),
  );
  const aged = ageUses(uses);
  if (aged === uses) return counted;
  return { ...counted, projects: counted.projects.map((project) => withUse(project, host, aged.get(project.id))) };
}

/** Takes a launch back that turned out to be a mistake. */
export function uncountUse(registry: Registry, id: string, host: string): Registry {
  return replaceProject(registry, id, (project) => {
    const use = project.use[host];
    return use === undefined ? project : withUse(project, host, { ...use, rank: Math.max(0, use.rank - 1) });
  });
}

function withUse(
  project: Project,
  host: string,
  use: (Use & { readonly command?: string | undefined }) | undefined,
): Project {
  const { [host]: before, ...others } = project.use;
  return { ...project, use: use === undefined ? others : { ...others, [host]: { ...before, ...use } } };
}
