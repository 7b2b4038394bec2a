import type { Command } from '../core/command.ts';
import { command, type Finding, SCORE } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

const RUN_FOLDERS = ['.run', '.idea/runConfigurations'];

/** JetBrains: configurations that run an npm script or a shell script; others live inside the IDE alone. */
export function detectJetBrains(files: ProjectFiles): Finding | undefined {
  const places = RUN_FOLDERS.flatMap((folder) => files.list(folder).map((name) => `${folder}/${name}`));
  const commands = places
    .filter((path) => path.endsWith('.xml'))
    .flatMap((path) => parseRunConfiguration(files.text(path) ?? '', path) ?? []);
  const [first] = commands;
  return first === undefined ? undefined : { kind: 'jetbrains', marker: first.source, isRunner: true, commands };
}

/** Pure. */
export function parseRunConfiguration(xml: string, source: string): Command | undefined {
  const plain = (text: string): string =>
    text
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&apos;', "'")
      .replaceAll('&amp;', '&');
  const attribute = (tag: RegExp, key: string): string | undefined => {
    const [element = ''] = tag.exec(xml) ?? [];
    const [, value] = new RegExp(`\\b${key}="([^"]*)"`).exec(element) ?? [];
    return value === undefined ? undefined : plain(value);
  };
  const name = attribute(/<configuration\b[^>]*>/, 'name');
  const type = attribute(/<configuration\b[^>]*>/, 'type');
  if (name === undefined) return undefined;
  const options = { role: 'run', score: SCORE.runner - 8 } as const;
  if (type === 'js.build_tools.npm') {
    const script = attribute(/<script\b[^>]*>/, 'value');
    return script === undefined ? undefined : command(name, ['npm', 'run', script], source, options);
  }
  if (type !== 'ShConfigurationType') return undefined;
  const text = attribute(/<option\b[^>]*name="SCRIPT_TEXT"[^>]*>/, 'value');
  return text === undefined || text === '' ? undefined : command(name, text, source, options);
}
