import { tildePath } from '../../platform/abs-path.ts';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { formatTable } from '../../platform/format.ts';
import { visible } from '../../platform/visible.ts';
import type { Project } from '../core/registry-schema.ts';
import { type Ranked, rankProjects } from '../rank/rank-projects.ts';
import { currentRegistry, openLauncher, projectOf } from './launcher.ts';
import type { ListOptions } from './project-commands.ts';

/** Lines of a table may be cut by the terminal; a command line is not worth more of it than this. */
const USUAL_COLUMNS = 48;

export async function list(
  cli: Cli,
  filter: string | undefined,
  { json, format, tag, all }: ListOptions,
): Promise<ExitCode> {
  const launcher = await openLauncher(cli);
  const { host, nowMs } = launcher;
  const { projects } = await currentRegistry(launcher);
  const isShown = (project: Project): boolean => {
    const location = project.locations[host];
    if (tag !== undefined && !project.tags.includes(tag)) return false;
    return all === true || (location !== undefined && location.missingSince === undefined);
  };
  const ranked = rankProjects(projects.filter(isShown), filter ?? '', { host, nowMs });
  if (json) cli.printJson({ projects: ranked.map((one) => shownAsJson(one, host)) });
  else if (format === 'tsv') for (const one of ranked) cli.print(fill('{name}\t{path}\t{kinds}\t{usual}', one, host));
  else if (format !== undefined) for (const one of ranked) cli.print(fill(format.replaceAll('\\t', '\t'), one, host));
  else printTable(cli, ranked, host);
  return 0;
}

/** One line, for `cd "$(dlaunch path web)"`: the path as it is. */
export async function path(cli: Cli, query: string): Promise<ExitCode> {
  const { path } = await projectOf(await openLauncher(cli), query);
  cli.print(path);
  return 0;
}

export function shownAsJson({ project, score }: Ranked, host: string) {
  const { id, name, aliases, tags, notes, kinds, members, parent, command, usual, locations } = project;
  const { path, missingSince } = locations[host] ?? {};
  const hosts = Object.fromEntries(Object.entries(locations).map(([one, location]) => [one, location.path]));
  const isMissing = missingSince !== undefined;
  return {
    id,
    name,
    path,
    aliases,
    tags,
    notes,
    kinds,
    members,
    parent,
    command,
    usual,
    hosts,
    missing: isMissing,
    score,
  };
}

/** Unknown fields stay as they are written. */
function fill(format: string, { project, score }: Ranked, host: string): string {
  const texts: Readonly<Record<string, string>> = {
    id: project.id,
    name: project.name,
    path: project.locations[host]?.path ?? '',
    kinds: project.kinds.join(','),
    usual: project.usual ?? '',
    tags: project.tags.join(','),
    aliases: project.aliases.join(','),
    hosts: Object.keys(project.locations).join(','),
    score: score.toFixed(2),
  };
  return format.replaceAll(/\{(\w+)\}/g, (whole, field: string) => visible(texts[field] ?? whole));
}

function printTable(cli: Cli, ranked: readonly Ranked[], host: string): void {
  const { colors } = cli;
  if (ranked.length === 0) cli.note('No projects. Find some: dlaunch discover DIR');
  const rows = ranked.map(({ project }) => {
    const { name, kinds, usual = '', members, tags } = project;
    const more = [...(members.length > 0 ? [`${members.length} members`] : []), ...tags.map((tag) => `#${tag}`)];
    return [
      colors.bold(visible(name)),
      colors.cyan(visible(kinds.slice(0, 2).join(' '))),
      visible(shorten(usual, USUAL_COLUMNS)),
      colors.dim(visible(placeOf(project, host))),
      colors.dim(visible(more.join(' '))),
    ];
  });
  // One write: a terminal takes each of its own.
  if (rows.length > 0) cli.print(formatTable(rows).join('\n'));
}

/** Where it lies here, else on another host. */
export function placeOf({ locations }: Project, host: string): string {
  const here = locations[host];
  if (here !== undefined) return `${tildePath(here.path)}${here.missingSince === undefined ? '' : ' (missing)'}`;
  const [[other, location] = ['', undefined]] = Object.entries(locations);
  return location === undefined ? 'nowhere' : `${other}:${location.path}`;
}

export function shorten(text: string, columns: number): string {
  return text.length > columns ? `${text.slice(0, columns - 1)}…` : text;
}
