import type { Command } from '../core/command.ts';
import { command, type Finding, SCORE } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

/** What foreman and overmind give to the first process; each further one gets 100 more. */
const FIRST_PORT = 5000;
const PORT_STEP = 100;

/** A Procfile: all its processes at once, and each alone. No other program is needed to run them. */
export function detectProcfile(files: ProjectFiles): Finding | undefined {
  const marker = ['Procfile.dev', 'Procfile'].find((name) => files.has(name));
  if (marker === undefined) return undefined;
  const processes = parseProcfile(files.text(marker) ?? '');
  const single = processes.map(({ name, line }, i): Command => {
    const number = FIRST_PORT + PORT_STEP * i;
    // Only what uses the variable listens there.
    const port = /\$\{?PORT\b/.test(line) ? { port: { number } } : {};
    const role = name === 'web' ? 'serve' : 'run';
    return command(name, line, `${marker}#${name}`, {
      role,
      score: SCORE.runner - 7,
      env: { PORT: String(number) },
      ...port,
    });
  });
  const names = processes.map(({ name }) => name);
  const all = command('all', [], marker, {
    role: 'serve',
    score: SCORE.runner + 10,
    why: `all of ${names.join(', ')}`,
    starts: names,
  });
  return { kind: 'procfile', marker, isRunner: true, commands: processes.length > 1 ? [all, ...single] : single };
}

/** Pure. Source: foreman 0.90, lib/foreman/procfile.rb: `^([A-Za-z0-9_-]+):\s*(.+)$`. */
export function parseProcfile(text: string): { readonly name: string; readonly line: string }[] {
  const matches = [...text.replaceAll('\r\n', '\n').matchAll(/^([A-Za-z0-9_-]+):[ \t]*(\S.*)$/gm)];
  return matches.map(([, name = '', line = '']) => ({ name, line: line.trim() }));
}
