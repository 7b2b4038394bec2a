import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { childPath } from '../../../platform/abs-path.ts';
import { knowsCommand, programDone, runProgram } from '../programs.ts';
import { expectThat, NotBuilt, type Trial } from '../scenario.ts';

const VARIABLE = 'DTEST_GREETING';
const VALUE = `it's "quoted" $HOME`;

/** A chosen variable is kept, shown and taken back; what must never travel is refused. */
export async function environment(trial: Trial): Promise<void> {
  const { stage, says, signal } = trial;
  if (!(await knowsCommand(trial, 'dsync', ['env', 'add']))) throw new NotBuilt('there is no dsync env');
  const home = childPath(stage.scratch, 'environment');
  mkdirSync(home, { recursive: true });
  // A home of its own: the user's own choice of variables stays as it is.
  const env = { ...stage.env, DSYNC_HOME: home, HOME: home, [VARIABLE]: VALUE };
  await programDone(trial, 'dsync', ['env', 'add', VARIABLE], { env });
  const listed = await programDone(trial, 'dsync', ['env', 'ls', '--json'], { env });
  expectThat(listed.includes(VARIABLE), `${VARIABLE} is not listed`);
  for (const file of filesBelow(home)) {
    if (!readFileSync(file, 'utf8').includes(VARIABLE)) continue;
    const mode = statSync(file).mode & 0o777;
    expectThat((mode & 0o077) === 0, `${file} can be read by others (${mode.toString(8)})`);
  }
  says('a variable is kept, for this user alone');

  const refused = await runProgram('dsync', ['env', 'add', 'SSH_AUTH_SOCK'], {
    env: { ...env, SSH_AUTH_SOCK: '/nowhere' },
    cwd: home,
    signal,
  });
  expectThat(refused.code !== 0, 'SSH_AUTH_SOCK, which must never travel, was taken');
  await programDone(trial, 'dsync', ['env', 'rm', VARIABLE], { env });
  const after = await programDone(trial, 'dsync', ['env', 'ls', '--json'], { env });
  expectThat(!after.includes(VARIABLE), `${VARIABLE} is still listed`);
  says('SSH_AUTH_SOCK is refused, and the variable is gone again');
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
}
