import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The command inside the environment that the folder's tools set up: direnv's, if the user allowed it there, else mise's.
 * A window that starts with a command has no shell whose hooks would do that.
 */
export function wrapForTools(
  argv: readonly [string, ...string[]],
  folder: string,
  { PATH = '' }: NodeJS.ProcessEnv = process.env,
): readonly [string, ...string[]] {
  const has = (...names: readonly string[]): boolean => names.some((name) => existsSync(join(folder, name)));
  if (has('.envrc') && isProgram('direnv', PATH)) return ['direnv', 'exec', folder, ...argv];
  if (has('mise.toml', '.mise.toml', '.tool-versions') && isProgram('mise', PATH))
    return ['mise', 'exec', '--', ...argv];
  return argv;
}

/** Whether it can be started by its name. */
export function isProgram(name: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}
