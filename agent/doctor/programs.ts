/**
 * Versions of the programs that dsync works with, as they tell them. Pure.
 *
 * @module
 */

/** The first version in a text: `tmux 3.3a` → `3.3`, `git version 2.39.5` → `2.39.5`. */
export function parseProgramVersion(text: string): string | undefined {
  return /\d+(?:\.\d+)+/.exec(text)?.[0];
}

/** Compares part by part; a missing part is 0. */
export function isOlder(version: string, least: string): boolean {
  const parts = version.split('.').map(Number);
  const leastParts = least.split('.').map(Number);
  for (let i = 0; i < leastParts.length; i++) {
    const difference = (parts[i] ?? 0) - (leastParts[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

export const LEAST = { node: '20.19', tmux: '3.0', git: '2.30' } as const;
