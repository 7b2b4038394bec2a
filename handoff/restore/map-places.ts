/**
 * Places of a snapshot, on the host where it is put up: by the user's own map, by root, by home, by repository. Pure.
 *
 * @module
 */
import { insideOf, mappedPath, pathOfRef, templateOf, textOf } from '../snapshot/path-ref.ts';
import type { PathRef, Snapshot } from '../snapshot/schema.ts';
import type { TargetFacts } from './plan-schema.ts';

export interface Mapper {
  /** Undefined for a place in a root that is not here. */
  readonly path: (ref: PathRef) => string | undefined;
  readonly text: (template: string) => { readonly text: string; readonly missing: readonly string[] };
  /** All places that a session needs, as far as they can be told. */
  readonly folders: () => string[];
}

export function createMapper(
  snapshot: Snapshot,
  { host, roots, projects, pathMap }: Pick<TargetFacts, 'host' | 'roots' | 'projects' | 'pathMap'>,
): Mapper {
  const there = {
    home: snapshot.source.home,
    roots: snapshot.roots.flatMap(({ id, paths }) => {
      const path = paths[snapshot.source.id];
      return path === undefined ? [] : [{ id, path }];
    }),
  };
  // A root that is not kept in sync here may still lie here, as a clone of the same repository.
  const known = new Set(roots.map(({ id }) => id));
  const clones = snapshot.roots.flatMap(({ id, identity }) => {
    const path = identity.remote === null ? undefined : projects[identity.remote];
    return known.has(id) || path === undefined ? [] : [{ id, path }];
  });
  const here = { home: host.home, roots: [...roots, ...clones] };
  const templates = pathMap.map(({ from, to }) => ({ from: templateOf(from, there), to }));

  const path = (ref: PathRef): string | undefined => {
    const before = pathOfRef(ref, there);
    const mapped = before === undefined ? undefined : mappedPath(before, pathMap);
    return mapped !== undefined && mapped !== before ? mapped : isMapped(before) ? mapped : pathOfRef(ref, here);
  };
  const isMapped = (before: string | undefined): boolean =>
    before !== undefined && pathMap.some(({ from }) => insideOf(before, from) !== undefined);
  const text = (template: string): { text: string; missing: string[] } => {
    const mapped = templates.reduce(
      (now, { from, to }) => now.replaceAll(from, () => to.replaceAll('${', () => '$${')),
      template,
    );
    return textOf(mapped, here);
  };
  const folders = (): string[] => {
    const panes = snapshot.mux.sessions.flatMap(({ windows }) => windows.flatMap((window) => window.panes));
    const refs = [
      snapshot.shell.cwd,
      ...snapshot.mux.sessions.map(({ cwd }) => cwd),
      ...panes.flatMap(({ cwd, process }) => (process === null ? [cwd] : [cwd, process.cwd])),
      ...snapshot.services.map(({ cwd }) => cwd),
      ...snapshot.processes.map(({ cwd }) => cwd),
      { home: '' },
    ];
    return refs.flatMap((ref) => path(ref) ?? []);
  };
  return { path, text, folders };
}
