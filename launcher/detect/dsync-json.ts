import { stripJsonComments } from '../../platform/json-comments.ts';
import { lineOfValue } from '../../platform/settings-lines.ts';
import type { Command } from '../core/command.ts';
import { type LaunchConfig, launchSchema } from '../core/launch-config.ts';
import { type Finding, SCORE } from './finding.ts';
import type { Fault, ProjectFiles } from './project-files.ts';

export const CONFIG_FILE = '.dsync.json';

/** What the project says of itself; it wins over everything that is guessed. */
export function detectConfigured(files: ProjectFiles): { readonly finding?: Finding; readonly fault?: Fault } {
  const launch = files.has(CONFIG_FILE) ? files.json(CONFIG_FILE)?.launch : undefined;
  if (launch === undefined) return {};
  const parsed = launchSchema.safeParse(launch);
  if (parsed.success) {
    const commands = configuredCommands(parsed.data);
    return { finding: { kind: 'dsync', marker: CONFIG_FILE, isRunner: true, commands } };
  }
  const [issue] = parsed.error.issues;
  const path = ['launch', ...(issue?.path ?? [])];
  const line = lineOfValue(stripJsonComments(files.text(CONFIG_FILE) ?? ''), path);
  return {
    fault: { file: CONFIG_FILE, line, cause: `${path.join('.')}: ${issue?.message ?? 'not what is expected'}` },
  };
}

/** The default first, then as they stand in the file. */
function configuredCommands({ default: usual, commands }: LaunchConfig): Command[] {
  return Object.entries(commands).map(
    ([name, one], i): Command => ({
      name,
      run: one.run ?? [],
      folder: one.folder.replace(/^\.\/?|\/$/g, ''),
      role: one.port === undefined && one.start === undefined && one.health === undefined ? 'run' : 'serve',
      source: `${CONFIG_FILE}#launch.commands.${name}`,
      why: one.about,
      score: SCORE.configured + (name === usual ? 1 : -Math.min(i, 99) / 100),
      env: one.env,
      before: one.before,
      after: one.after,
      ...(one.port === undefined
        ? {}
        : { port: { number: one.port, ...(one.portFlag === undefined ? {} : { flag: one.portFlag }) } }),
      ...(one.health === undefined ? {} : { health: one.health }),
      ...(one.start === undefined ? {} : { starts: one.start }),
    }),
  );
}
