import { absPath } from '../../platform/abs-path.ts';

/** The agent knows names, ids and absolute paths; what looks like a path is made one here, where the working directory is. */
export function rootParams(root: string | undefined): { readonly root?: string } {
  if (root === undefined) return {};
  return { root: /^[./~]/.test(root) || root.includes('/') ? absPath(root) : root };
}
