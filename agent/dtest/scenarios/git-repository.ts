import { expectAlike, shDone, until } from '../look.ts';
import { expectThat, Failed, NotTried, type Trial } from '../scenario.ts';

/** Where nothing at all of a repository comes in this time, nothing carries it. */
const REPOSITORY_MS = 8000;
const HISTORY_MS = 30_000;
const GIT = 'git -c user.name=dtest -c user.email=dtest@localhost -c commit.gpgsign=false -c init.defaultBranch=main';

/** A commit made here is a commit there, with a clean working tree. */
export async function gitRepository(trial: Trial): Promise<void> {
  const { stage, folder, says, signal } = trial;
  const { here, there } = stage;
  for (const side of [here, there]) {
    const { code } = await side.sh('git --version');
    expectThat(code === 0, `There is no git on ${side.name}`, 'Install git by the system’s package manager.');
  }
  await shDone(
    here,
    `mkdir -p ${folder} && cd ${folder} && ${GIT} init -q && echo one > one.txt && ${GIT} add . && ${GIT} commit -qm first`,
  );
  await expectAlike(trial);
  says('the working tree arrived');

  const head = (await shDone(here, `git -C ${folder} rev-parse HEAD`)).trim();
  const headThere = async (): Promise<string> =>
    (await there.sh(`git -C ${folder} rev-parse HEAD 2>/dev/null`)).stdout.trim();
  try {
    const isThere = async (): Promise<boolean> => (await there.sh(`[ -e ${folder}/.git ]`)).code === 0;
    await until('the repository is there', isThere, { signal, within: REPOSITORY_MS });
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    throw new NotTried('working trees travel, commits and branches do not');
  }
  await until('the commit is there', async () => (await headThere()) === head, { signal, within: HISTORY_MS });
  const dirty = await shDone(there, `git -C ${folder} status --porcelain`);
  expectThat(dirty === '', `The working tree on ${there.name} is not clean: ${dirty.split('\n')[0]}`);
  says('the commit is on both hosts, and the working tree clean');
}
