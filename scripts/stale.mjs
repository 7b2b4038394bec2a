import { readdirSync, statSync } from 'node:fs';
import { ROOT } from './run.mjs';

const SOURCES = [
  'agent',
  'launcher',
  'handoff',
  'platform',
  'scripts',
  'install.ts',
  'package.json',
  'package-lock.json',
];

/** Whether any source is newer than what was built from it, or nothing was built. */
export function isStale() {
  const builtAt = statSync(`${ROOT}dist/parts.json`, { throwIfNoEntry: false })?.mtimeMs;
  return builtAt === undefined || SOURCES.some((path) => newestIn(`${ROOT}${path}`) > builtAt);
}

/** A folder's own time counts as well: it tells of a file that was removed. */
function newestIn(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return path.endsWith('.test.ts') ? 0 : stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestIn(`${path}/${name}`)));
}
