import { absPath } from '../../platform/abs-path.ts';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { formatBytes, formatTable } from '../../platform/format.ts';
import type { RestoreOptions } from './conflict-commands.ts';
import { withAgent } from './with-agent.ts';

export function restore(cli: Cli, path: string, { at, list, json }: RestoreOptions): Promise<ExitCode> {
  return withAgent<ExitCode>(cli, async (agent) => {
    if (list) {
      const result = await agent.call('trash', { path: absPath(path) }, { signal: cli.signal });
      if (json) cli.printJson(result);
      else {
        const rows = result.files.map((file) => [
          file.trashedAt,
          formatBytes(file.sizeBytes),
          `${file.root}: ${file.path}`,
        ]);
        for (const line of formatTable(rows)) cli.print(line);
        if (rows.length === 0) {
          cli.print('Nothing of that path is in the trash of this host.');
          cli.note('What you deleted or replaced here yourself is in the trash of the other hosts.');
        }
      }
      return 0;
    }
    const params = at === undefined ? { path: absPath(path) } : { path: absPath(path), at };
    const result = await agent.call('restore', params, { signal: cli.signal });
    if (json) cli.printJson(result);
    else cli.print(`restored ${path}, as it was until ${result.restored.trashedAt}`);
    return 0;
  });
}
