import { tildePath } from '../../platform/abs-path.ts';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { formatTable } from '../../platform/format.ts';
import { visible } from '../../platform/visible.ts';
import { commandText } from '../core/command.ts';
import { readBranch } from '../discover/repository.ts';
import { scoreProject } from '../rank/rank-projects.ts';
import { detectAt } from '../upkeep/look.ts';
import { openLauncher, projectOf } from './launcher.ts';

export async function explain(cli: Cli, query: string, { json }: { readonly json?: true }): Promise<ExitCode> {
  const launcher = await openLauncher(cli);
  const { project, path, workspacePath } = await projectOf(launcher, query);
  const detection = await detectAt(path, workspacePath);
  const branch = readBranch(path);
  if (json) {
    cli.printJson({ id: project.id, name: project.name, path, branch, ...detection });
    return 0;
  }
  const { colors } = cli;
  const { kinds, commands, members, notes, faults } = detection;
  cli.print(
    `${colors.bold(visible(project.name))}  ${visible(tildePath(path))}${branch === undefined ? '' : `  ${visible(branch)}`}`,
  );
  cli.print(`  known as ${visible(project.id)}, ${useText(project.use, scoreProject(project, launcher.nowMs))}`);
  const made = kinds.map(({ kind, marker }) => `${kind} (${marker})`);
  cli.print(`  made with ${visible(made.join(', ') || 'nothing that is known here')}`);
  if (members.length > 0) cli.print(`  members: ${visible(members.join(', '))}`);
  if (commands.length > 0) cli.print('');
  const rows = commands.map((command, i) => [
    `  ${i === 0 ? colors.green('▶') : ' '} ${visible(command.name)}`,
    visible(commandText(command)),
    colors.dim(visible([`from ${command.source}`, command.why].filter(Boolean).join('; '))),
    colors.dim(String(Math.round(command.score))),
  ]);
  for (const line of formatTable(rows)) cli.print(line);
  for (const note of notes) cli.note(visible(`note: ${note}`));
  for (const { file, line, cause } of faults) cli.note(visible(`not usable: ${path}/${file}:${line}: ${cause}`));
  return 0;
}

function useText(use: Readonly<Record<string, { readonly rank: number }>>, score: number): string {
  const hosts = Object.entries(use).map(([host, { rank }]) => `${rank.toFixed(rank % 1 === 0 ? 0 : 1)} on ${host}`);
  return hosts.length === 0 ? 'not launched yet' : `launched ${hosts.join(', ')}; frecency ${score.toFixed(1)}`;
}
