/**
 * Two copies of the registry, from two hosts, as one. Pure; in whatever order copies are merged, the result is the same
 * up to the order of projects.
 *
 * @module
 */
import type { Project, Registry } from '../core/registry-schema.ts';
import { mergeUse } from '../rank/frecency.ts';

/** Where both say something a person chose (name, notes, command), ours stays; lists and counters are joined. */
export function mergeRegistries(ours: Registry, theirs: Registry): Registry {
  const theirsById = new Map(theirs.projects.map((project) => [project.id, project]));
  const both = ours.projects.map((project) => {
    const other = theirsById.get(project.id);
    theirsById.delete(project.id);
    return other === undefined ? project : mergeProject(project, other);
  });
  return { ...theirs, ...ours, projects: [...both, ...theirsById.values()] };
}

function mergeProject(ours: Project, theirs: Project): Project {
  const hosts = new Set([...Object.keys(ours.use), ...Object.keys(theirs.use)]);
  const use = [...hosts].flatMap((host) => {
    const [a, b] = [ours.use[host], theirs.use[host]];
    const one = a === undefined ? b : b === undefined ? a : { ...b, ...a, ...mergeUse(a, b) };
    return one === undefined ? [] : [[host, one] as const];
  });
  return {
    ...theirs,
    ...ours,
    aliases: join(ours.aliases, theirs.aliases),
    tags: join(ours.tags, theirs.tags),
    kinds: ours.kinds.length > 0 ? ours.kinds : theirs.kinds,
    members: ours.members.length > 0 ? ours.members : theirs.members,
    // Each host knows best where it has the project; what ours says of itself is in ours.
    locations: { ...theirs.locations, ...ours.locations },
    use: Object.fromEntries(use),
  };
}

function join(ours: readonly string[], theirs: readonly string[]): string[] {
  return [...new Set([...ours, ...theirs])];
}
