import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { type AbsPath, absPath, childPath } from '../../../platform/abs-path.ts';
import { shDone, until } from '../look.ts';
import { knowsCommand, programDone, runProgram } from '../programs.ts';
import { expectThat, NotTried, type Trial } from '../scenario.ts';

const VARIABLE = 'DTEST_GREETING';
const VALUE = `it's "quoted" $HOME`;

/** A chosen variable is kept, goes over where it may, and is taken back; what must never travel is refused. */
export async function environment(trial: Trial): Promise<void> {
  const { stage, says, signal } = trial;
  if (!(await knowsCommand(trial, 'dsync', ['env', 'add']))) throw new NotTried('there is no dsync env');
  const home = homeOf(trial);
  const env = { ...stage.env, DSYNC_HOME: home, HOME: home, [VARIABLE]: VALUE };
  await programDone(trial, 'dsync', ['env', 'add', VARIABLE], { env });
  const listed = await programDone(trial, 'dsync', ['env', 'ls', '--json'], { env });
  expectThat(listed.includes(VARIABLE), `${VARIABLE} is not listed`);
  for (const file of [...filesBelow(`${home}/config/environment`), ...filesBelow(`${home}/state/shell`)]) {
    if (!readFileSync(file, 'utf8').includes(VARIABLE)) continue;
    const mode = statSync(file).mode & 0o777;
    expectThat((mode & 0o077) === 0, `${file} can be read by others (${mode.toString(8)})`);
  }
  says('a variable is kept, for this user alone');
  if (stage.kind === 'embedded') await expectItTravels(trial);

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

/** Hosts of the user's keep their own choice of variables: with them it is tried in a home of its own, linked to none. */
function homeOf({ stage }: Trial): AbsPath {
  if (stage.kind === 'embedded') return absPath(stage.env.DSYNC_HOME ?? '');
  const home = childPath(stage.scratch, 'environment');
  mkdirSync(home, { recursive: true });
  return home;
}

/** It comes to the other host, holds there once somebody there accepts it, and says the same to a shell. */
async function expectItTravels({ stage: { there }, says, signal }: Trial): Promise<void> {
  const inShell = async (): Promise<string> =>
    (await there.sh(`. "$DSYNC_HOME/state/shell/env.sh" && printf %s "\${${VARIABLE}-}"`)).stdout;
  await until(
    `${VARIABLE} is listed on ${there.name}`,
    async () => (await there.sh(`${there.dsync} env ls --json`)).stdout.includes(VARIABLE),
    { signal },
  );
  expectThat((await inShell()) === '', `${VARIABLE} holds on ${there.name} before anybody there accepted it`);
  await shDone(there, `${there.dsync} env accept ${VARIABLE}`);
  expectThat((await inShell()) === VALUE, `${VARIABLE} has another value in a shell on ${there.name}`);
  says(`it came to ${there.name}, and holds there once accepted`);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
}
