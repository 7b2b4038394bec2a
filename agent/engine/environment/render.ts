/**
 * The variables as shells read them. Pure.
 *
 * @module
 */

export interface Variable {
  readonly name: string;
  readonly value: string;
}

const HEAD = '# Written by dsync: the variables of `dsync env`. Edits are lost.\n';

/** For bash, zsh and any POSIX sh. */
export function renderSh(variables: readonly Variable[]): string {
  const quote = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;
  return HEAD + variables.map(({ name, value }) => `export ${name}=${quote(value)}\n`).join('');
}

export function renderFish(variables: readonly Variable[]): string {
  const quote = (value: string): string => `'${value.replace(/[\\']/g, '\\$&')}'`;
  return HEAD + variables.map(({ name, value }) => `set -gx ${name} ${quote(value)}\n`).join('');
}
