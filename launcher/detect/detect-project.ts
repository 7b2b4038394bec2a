/**
 * All that a project's files tell of it: what it is made with, how to start it, and why.
 *
 * A project is many things at once (Rails, a package.json, compose): every detector looks, and the findings are ranked.
 *
 * @module
 */
import { type Command, rankCommands } from '../core/command.ts';
import { markOf } from '../core/markers.ts';
import { detectBeam } from './beam.ts';
import { detectCompose } from './compose.ts';
import { detectDeno } from './deno.ts';
import { detectDevContainer } from './devcontainer.ts';
import { detectSite } from './docs-site.ts';
import { detectDotnet } from './dotnet.ts';
import { detectConfigured } from './dsync-json.ts';
import type { Detector, Finding } from './finding.ts';
import { detectGo } from './go.ts';
import { detectJetBrains } from './jetbrains.ts';
import { detectJust } from './just.ts';
import { detectJvm } from './jvm.ts';
import { detectMake } from './make.ts';
import { memberCommand } from './member-commands.ts';
import { expandMembers, nestedMembers } from './member-folders.ts';
import { detectNode } from './node.ts';
import { detectPhp } from './php.ts';
import { detectProcfile } from './procfile.ts';
import { type Fault, openProjectFiles, type ProjectFiles } from './project-files.ts';
import { detectPython } from './python.ts';
import { detectRuby } from './ruby.ts';
import { detectRust } from './rust.ts';
import { SIMPLE_DETECTORS } from './simple.ts';
import { detectMise, detectTaskfile } from './task-runners.ts';
import { detectVsCode } from './vscode.ts';
import { detectWorkspaceTool } from './workspace-tools.ts';

export interface Detection {
  /** The main one first. */
  readonly kinds: readonly { readonly kind: string; readonly marker: string }[];
  /** The best first, each name once. */
  readonly commands: readonly Command[];
  /** Folders inside that are projects of their own. */
  readonly members: readonly string[];
  readonly notes: readonly string[];
  /** Files that could not be used. */
  readonly faults: readonly Fault[];
}

/** Of alike scores the earlier wins. */
const DETECTORS: readonly Detector[] = [
  ...[detectRuby, detectPhp, detectNode, detectDeno, detectPython, detectGo, detectRust, detectJvm, detectDotnet],
  ...[detectBeam, ...SIMPLE_DETECTORS, detectSite, detectWorkspaceTool, detectProcfile, detectCompose, detectJust],
  ...[detectTaskfile, detectMise, detectMake, detectVsCode, detectJetBrains, detectDevContainer],
];

/** Reads, and runs nothing. */
export async function detectProject(files: ProjectFiles): Promise<Detection> {
  const { finding: configured, fault } = detectConfigured(files);
  const findings = [...(configured === undefined ? [] : [configured]), ...findIn(files)];
  const folders = files.workspace === undefined ? await membersOf(files, findings) : [];
  const members = await Promise.all(folders.map((folder) => lookAtMember(files, folder)));
  const tagged = [
    ...findings.flatMap(({ kind, commands }) => commands.map((command) => ({ kind, command }))),
    ...members.flatMap(({ command }) => (command === undefined ? [] : [{ kind: 'member', command }])),
  ];
  return {
    kinds: kindsOf(files, findings),
    commands: nameApart(tagged),
    members: folders,
    notes: findings.flatMap(({ notes = [] }) => notes),
    faults: [...(fault === undefined ? [] : [fault]), ...files.faults, ...members.flatMap(({ faults }) => faults)],
  };
}

function findIn(files: ProjectFiles): Finding[] {
  return DETECTORS.flatMap((detect) => detect(files) ?? []);
}

async function lookAtMember(files: ProjectFiles, folder: string) {
  const member = await openProjectFiles(`${files.path}/${folder}`, { workspace: files });
  const command = memberCommand(files, member, folder, findIn(member));
  return { command, faults: member.faults.map((one) => ({ ...one, file: `${folder}/${one.file}` })) };
}

/** What the manifests say; where there is none at the top of a repository, what lies below. */
async function membersOf(files: ProjectFiles, findings: readonly Finding[]): Promise<string[]> {
  const patterns = findings.flatMap(({ members = [] }) => members);
  if (patterns.length > 0) return expandMembers(files, patterns);
  const isBare = findings.every(({ isRunner }) => isRunner === true);
  return isBare && [...files.names].some((name) => markOf(name) === 'repository') ? nestedMembers(files) : [];
}

/** By their best command, those that only run things last. */
function kindsOf({ names }: ProjectFiles, findings: readonly Finding[]): Detection['kinds'] {
  const scored = findings.map(({ kind, marker, isRunner, commands }) => ({
    kind,
    marker,
    score: (rankCommands(commands)[0]?.score ?? 0) - (isRunner === true ? 1000 : 0),
  }));
  const kinds = scored
    .toSorted((a, b) => b.score - a.score)
    .filter(({ kind }, i, all) => all.findIndex((one) => one.kind === kind) === i)
    .map(({ kind, marker }) => ({ kind, marker }));
  const repository = [...names].find((name) => markOf(name) === 'repository');
  return kinds.length > 0 || repository === undefined
    ? kinds
    : [{ kind: repository.replace(/^\./, ''), marker: repository }];
}

/** The best first. Of two commands of one name the better keeps it, the other is called after its kind as well. */
function nameApart(tagged: readonly { readonly kind: string; readonly command: Command }[]): Command[] {
  const byName = new Map<string, { readonly kind: string; readonly command: Command }>();
  const named = (kind: string, name: string): string => `${kind}\0${name}`;
  const nameByOwn = new Map<string, string>();
  for (const { kind, command } of tagged.toSorted((a, b) => b.command.score - a.command.score)) {
    const names = [command.name, `${kind}:${command.name}`];
    for (let i = 2; names.every((name) => byName.has(name)); i++) names.push(`${kind}:${command.name}:${i}`);
    const name = names.find((one) => !byName.has(one)) ?? command.name;
    byName.set(name, { kind, command: { ...command, name } });
    nameByOwn.set(named(kind, command.name), name);
  }
  // What a command says of others, it says by the names of its own kind.
  return [...byName.values()].map(({ kind, command }) => {
    const namesOf = (names: readonly string[]): string[] => names.map((one) => nameByOwn.get(named(kind, one)) ?? one);
    const { starts, after } = command;
    return { ...command, ...(starts && { starts: namesOf(starts) }), ...(after && { after: namesOf(after) }) };
  });
}
