/**
 * Versions of tools that a folder asks for, by the files that version managers read. Nothing is run.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Wanted {
  readonly name: string;
  readonly version: string;
  readonly from: string;
  readonly folder: string;
  readonly hash?: string;
}

/** Of this folder and those above it, up to the home or the top of a repository. */
export function wantedTools(folder: string, home: string): Wanted[] {
  const wanted: Wanted[] = [];
  for (let at = folder; ; at = dirname(at)) {
    wanted.push(...toolsIn(at));
    if (at === home || at === dirname(at) || existsSync(`${at}/.git`)) return wanted;
  }
}

function toolsIn(folder: string): Wanted[] {
  const text = (name: string): string | undefined => {
    try {
      return readFileSync(`${folder}/${name}`, 'utf8');
    } catch {
      return undefined;
    }
  };
  const found: Wanted[] = [];
  const add = (name: string, version: string | undefined, from: string): void => {
    if (version) found.push({ name, version, from, folder });
  };
  add('node', text('.nvmrc')?.trim(), '.nvmrc');
  add('node', text('.node-version')?.trim(), '.node-version');
  add('python', text('.python-version')?.trim().split('\n')[0], '.python-version');
  add('ruby', text('.ruby-version')?.trim(), '.ruby-version');
  for (const [, name = '', version] of (text('.tool-versions') ?? '').matchAll(/^([\w-]+)[ \t]+(\S+)/gm))
    add(name === 'nodejs' ? 'node' : name, version, '.tool-versions');
  for (const file of ['mise.toml', '.mise.toml'])
    for (const one of miseTools(text(file) ?? '')) add(one.name, one.version, file);
  for (const name of ['.venv', 'venv']) add('python', venvVersion(text(`${name}/pyvenv.cfg`)), name);
  const envrc = text('.envrc');
  if (envrc !== undefined)
    found.push({
      name: 'direnv',
      version: '',
      from: '.envrc',
      folder,
      hash: createHash('sha256').update(envrc).digest('hex'),
    });
  return found;
}

/** Pure. The `[tools]` of a mise.toml, as far as they are plain. */
export function miseTools(text: string): { name: string; version: string }[] {
  const [, section = ''] = /^\[tools\]\s*$([\s\S]*?)(?=^\[|$(?![\s\S]))/m.exec(text) ?? [];
  return [...section.matchAll(/^\s*"?([\w:@/.-]+)"?\s*=\s*(?:\[\s*)?["']([^"']+)["']/gm)].map(
    ([, name = '', version = '']) => ({ name, version }),
  );
}

/** Pure. */
export function venvVersion(config: string | undefined): string | undefined {
  return /^version(?:_info)?\s*=\s*([\d.]+)/m.exec(config ?? '')?.[1];
}

/** What is installed here of a tool, nearest to the version that is wanted; empty for nothing that can be told. */
export function installedVersions(name: string, home: string): string[] {
  const places: Readonly<Record<string, readonly string[]>> = {
    node: [
      `${home}/.nvm/versions/node`,
      `${home}/.local/share/mise/installs/node`,
      `${home}/.asdf/installs/nodejs`,
      `${home}/.local/share/fnm/node-versions`,
      `${home}/.volta/tools/image/node`,
    ],
    python: [`${home}/.pyenv/versions`, `${home}/.local/share/mise/installs/python`, `${home}/.asdf/installs/python`],
    ruby: [`${home}/.rbenv/versions`, `${home}/.local/share/mise/installs/ruby`, `${home}/.asdf/installs/ruby`],
  };
  return (places[name] ?? [`${home}/.local/share/mise/installs/${name}`, `${home}/.asdf/installs/${name}`]).flatMap(
    (folder) => {
      try {
        return readdirSync(folder).map((one) => one.replace(/^v/, ''));
      } catch {
        return [];
      }
    },
  );
}
