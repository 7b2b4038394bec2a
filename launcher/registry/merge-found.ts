/**
 * What a discovery found, put into the registry. Pure.
 *
 * @module
 */
import type { Project, Registry } from '../core/registry-schema.ts';

export interface Found {
  /** Absolute, on this host. */
  readonly path: string;
  /** Normalised git remote, if there is one. */
  readonly remote: string | undefined;
  readonly kinds: readonly string[];
  readonly members: readonly string[];
  /** The command that Enter would run. */
  readonly usual: string | undefined;
}

/** A project that was not seen for so long, and has no other host, is dropped: till then a disk may come back. */
const FORGET_MS = 30 * 24 * 3_600_000;

/**
 * @param isGone whether a known path on this host has no folder any more
 * @returns the same registry where nothing changed
 */
export function mergeFound(
  registry: Registry,
  found: readonly Found[],
  {
    host,
    nowMs,
    isGone,
  }: { readonly host: string; readonly nowMs: number; readonly isGone: (path: string) => boolean },
): Registry {
  const foundByPath = new Map(found.map((one) => [one.path, one]));
  const projects = registry.projects.flatMap((project): Project[] => {
    const location = project.locations[host];
    if (location === undefined) return [project];
    const seen = foundByPath.get(location.path);
    foundByPath.delete(location.path);
    if (seen !== undefined) return [update(project, seen, host)];
    if (!isGone(location.path)) return [atHost(project, host, location.path)];
    const since = location.missingSince ?? nowMs;
    if (nowMs - since > FORGET_MS && Object.keys(project.locations).length === 1) return [];
    return location.missingSince === undefined
      ? [{ ...project, locations: { ...project.locations, [host]: { ...location, missingSince: since } } }]
      : [project];
  });
  for (const one of foundByPath.values()) take(projects, one, host);
  const isSame =
    projects.length === registry.projects.length && projects.every((one, i) => one === registry.projects[i]);
  return isSame ? registry : { ...registry, projects };
}

/** A project known from another host gets its path here; all else is new. */
function take(projects: Project[], found: Found, host: string): void {
  const { remote, path } = found;
  const elsewhere = projects.findIndex(
    ({ id, parent, locations }) =>
      remote !== undefined && parent === undefined && id === remote && isFree(locations[host]),
  );
  const known = projects[elsewhere];
  if (known !== undefined) {
    projects[elsewhere] = update({ ...known, locations: { ...known.locations, [host]: { path } } }, found, host);
    return;
  }
  const name = path.slice(path.lastIndexOf('/') + 1) || path;
  const ids = new Set(projects.map(({ id }) => id));
  // A second clone is a project of its own.
  const wanted = remote === undefined ? `${host}:${path}` : ids.has(remote) ? `${remote}@${name}` : remote;
  const id = ids.has(wanted) ? `${host}:${path}` : wanted;
  const project: Project = {
    id,
    name,
    aliases: [],
    tags: [],
    kinds: [...found.kinds],
    members: [...found.members],
    ...(found.usual === undefined ? {} : { usual: found.usual }),
    locations: { [host]: { path } },
    use: {},
  };
  projects.push(project);
}

function isFree(location: Project['locations'][string] | undefined): boolean {
  return location === undefined || location.missingSince !== undefined;
}

function update(project: Project, { kinds, members, usual, path }: Found, host: string): Project {
  const here = atHost(project, host, path);
  const isSame = sameTexts(here.kinds, kinds) && sameTexts(here.members, members) && here.usual === usual;
  if (isSame) return here;
  const { usual: _, ...rest } = here;
  return { ...rest, kinds: [...kinds], members: [...members], ...(usual === undefined ? {} : { usual }) };
}

/** There, and not missing. */
function atHost(project: Project, host: string, path: string): Project {
  const location = project.locations[host];
  if (location?.path === path && location.missingSince === undefined) return project;
  const { missingSince: _, ...rest } = location ?? {};
  return { ...project, locations: { ...project.locations, [host]: { ...rest, path } } };
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}
